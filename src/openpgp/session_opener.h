#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/secret.h"
#include "openpgp/key_ring.h"
#include "openpgp/outer_message.h"

namespace octo::openpgp {

struct OpenedSession {
  SessionKey key;
  std::string key_id;  // of the subkey that opened it; empty for a passphrase
};

// The session key of a message: by the secret key it names, else, for hidden recipients, by any
// that fits, else by a passphrase. `start` are the first bytes of the encrypted data in CFB mode
// (empty in others), which tell whether a passphrase fits; `aead_cipher` is the cipher that AEAD
// data name. nullopt when nothing fits.
std::optional<OpenedSession> OpenSession(const OuterMessage& message, const KeyRing& ring,
                                         const std::vector<Secret>& passphrases,
                                         std::span<const std::byte> start, uint8_t aead_cipher);

// The recipients, and whether a secret key of ours can open for them (for a hidden one: whether one
// might).
std::vector<Recipient> Recipients(const OuterMessage& message, const KeyRing& ring);

// "encrypted to key 0123… (expired 2026-01-31), key 89AB…; held: …"
std::string DescribeMissingKey(const OuterMessage& message, const KeyRing& ring, size_t passphrases,
                               WallTime now);

}  // namespace octo::openpgp
