#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/time.h"
#include "stream/context.h"
#include "stream/source.h"

namespace octo::openpgp {

enum class SignaturePolicy {
  kIgnore,    // signatures are not looked at
  kOptional,  // an unsigned message or an unknown signer is fine; a bad signature is not
  kRequired,  // a good signature by one of the pinned signers (any known key when none is pinned)
};
enum class IntegrityPolicy { kRequired, kAllowMissing };

struct Policy {
  SignaturePolicy signature = SignaturePolicy::kOptional;
  std::vector<std::string>
      signers;  // fingerprints (40 or 64 hex digits) that are accepted; empty: any key we hold
  IntegrityPolicy integrity = IntegrityPolicy::kRequired;
};

struct SignatureReport {
  enum class Verdict { kGood, kBad, kUnknownSigner, kExpiredKey, kRevokedKey };
  std::string key_id;       // 16 hex digits, upper case
  std::string fingerprint;  // empty when the signer is unknown
  Verdict verdict = Verdict::kUnknownSigner;
  std::optional<WallTime> made;
};

struct Recipient {
  std::string key_id;  // "0000000000000000" for a hidden recipient
  bool held = false;   // whether a usable secret key of ours can open it
};

// What a message was; complete once its end has been read. Kept in the ledger.
struct MessageReport {
  bool armored = false;
  bool symmetric = false;  // can be opened by a passphrase
  std::vector<Recipient> recipients;
  std::string key_used;   // key id of the subkey that opened it; empty for a passphrase
  std::string key_state;  // "valid", "expired 2026-01-31", "revoked"
  std::string cipher;     // "AES256", ...
  std::string integrity;  // "mdc" (SEIPD v1), "aead" (OCB, EAX), "none"
  std::vector<SignatureReport> signatures;
  std::string literal_name;  // file name inside the message; not to be trusted
  uint64_t ciphertext_bytes = 0;
  uint64_t plaintext_bytes = 0;
};

// What the first bytes of a message tell, before all of it is downloaded.
struct Preflight {
  bool is_openpgp = false;
  bool armored = false;
  bool symmetric = false;
  std::vector<Recipient> recipients;
  // Empty when we hold a usable key; else a sentence: "encrypted to key 0123… (expired 2026-01-31);
  // held: …".
  std::string problem;
};

struct KeyInfo {
  std::string key_id;  // 16 hex digits, upper case
  std::string fingerprint;
  std::vector<std::string> user_ids;
  std::string algorithm;  // "RSA 3072", "ed25519", "cv25519", "NIST P-256"
  bool is_subkey = false;
  std::string primary_fingerprint;  // of a subkey
  bool can_encrypt = false;
  bool can_sign = false;
  bool has_secret = false;
  bool unlocked = false;  // usable without a passphrase from now on
  std::optional<WallTime> created;
  std::optional<WallTime> expires;
  bool revoked = false;
};

// Opens OpenPGP messages with the keys it was made with. Thread-safe: messages may be read on
// several threads at once.
class Decryptor {
 public:
  Decryptor() = default;
  Decryptor(const Decryptor&) = delete;
  Decryptor& operator=(const Decryptor&) = delete;
  virtual ~Decryptor() = default;

  // The plaintext (the literal data) of one message, binary or armored. Its end is verified:
  // integrity packet, signatures by policy, no second message, nothing trailing, the ciphertext's
  // own verified end. `report` must outlive the source. Errors tell apart: no key or passphrase
  // (kDenied, delivery scope, with the key ids wanted and held), a missing tail (kIncomplete),
  // missing integrity, tampering, trailing data (kCorrupt), a bad, missing or unknown signature
  // (kCorrupt), no encrypted message or one of an unsupported kind (kPermanent).
  virtual std::unique_ptr<stream::Source> Decrypt(std::unique_ptr<stream::Source> ciphertext,
                                                  const Policy& policy, MessageReport& report,
                                                  const stream::Context& context) = 0;
  // Passes `data` through and verifies the detached signature (binary or armored) over it at the
  // end.
  virtual std::unique_ptr<stream::Source> VerifyDetached(std::unique_ptr<stream::Source> data,
                                                         std::string signature,
                                                         const Policy& policy,
                                                         MessageReport& report,
                                                         const stream::Context& context) = 0;
  // Looks at the first bytes of a file (32 KiB are enough).
  virtual Preflight Inspect(std::span<const std::byte> first_bytes) const = 0;
  virtual std::vector<KeyInfo> Keys() const = 0;
};

// Whether the bytes look like an OpenPGP message (binary or armored). 32 bytes are enough.
bool LooksLikeOpenPgp(std::span<const std::byte> first_bytes);

}  // namespace octo::openpgp
