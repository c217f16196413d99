#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "openpgp/cipher.h"
#include "openpgp/session_packets.h"

namespace octo::openpgp {

// An unlocked secret key that session keys are encrypted to: RSA, ElGamal, ECDH on Curve25519, NIST
// and Brainpool curves. Immutable, so that any thread may use it at any time.
class DecryptionKey {
 public:
  // `body` is that of a secret key or subkey packet, version 4, whose secret fields are not
  // protected. nullptr for an algorithm that does not encrypt, or that is not supported.
  static std::shared_ptr<const DecryptionKey> FromPacket(std::span<const std::byte> body,
                                                         std::string key_id,
                                                         std::span<const std::byte> fingerprint);

  virtual ~DecryptionKey() = default;
  const std::string& key_id() const { return key_id_; }

  // Whether it is of the algorithm that the session key was encrypted with.
  bool MayOpen(const PublicKeySession& session) const;
  // The session key; nullopt when it was not encrypted to this key.
  std::optional<SessionKey> Open(const PublicKeySession& session) const;

 protected:
  explicit DecryptionKey(uint8_t algorithm) : algorithm_(algorithm) {}
  // The cipher's number, the key, and a checksum, as in RFC 4880 section 5.1; empty when the key
  // does not fit.
  virtual SecretBytes Decrypt(std::span<const std::byte> fields) const = 0;

 private:
  const uint8_t algorithm_;
  std::string key_id_;
};

}  // namespace octo::openpgp
