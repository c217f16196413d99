#pragma once

#include <optional>
#include <span>
#include <string>

#include "base/time.h"

namespace octo::openpgp {

// Who made a signature and when, as the packet (type 2, RFC 4880 section 5.2) claims: not verified
// by anything.
struct SignatureClaim {
  std::string key_id;       // 16 hex digits, upper case; empty when not said
  std::string fingerprint;  // of the signer's key, when said
  std::optional<WallTime> made;
};

SignatureClaim ParseSignature(std::span<const std::byte> body);

// A new format packet header (RFC 4880 section 4.2.2).
std::string PacketHeader(uint8_t tag, size_t body_bytes);
// The length field alone, in five bytes: also ends a body that came in parts.
std::string PacketLength(size_t body_bytes);

}  // namespace octo::openpgp
