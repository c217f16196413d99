#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/secret.h"
#include "openpgp/cipher.h"
#include "openpgp/session_packets.h"

namespace octo::openpgp {

// The session key that a passphrase gives (RFC 4880 sections 3.7 and 5.3); nullopt when it can't be
// the right one, or when `session` is of an unsupported kind. Without an encrypted key inside any
// passphrase gives a key: the data tell. `data_cipher` is what an AEAD packet names (version 5
// only).
std::optional<SessionKey> OpenWithPassphrase(const SymmetricSession& session,
                                             const Secret& passphrase, uint8_t data_cipher);

}  // namespace octo::openpgp
