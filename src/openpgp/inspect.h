#pragma once

#include <span>

#include "openpgp/decryptor.h"
#include "openpgp/key_ring.h"

namespace octo::openpgp {

// What the first bytes of a file tell about the message in it, seen with the keys that are held.
Preflight InspectMessage(std::span<const std::byte> first_bytes, const KeyRing& ring,
                         size_t passphrases, WallTime now);

}  // namespace octo::openpgp
