#include "openpgp/signature_packets.h"

#include "openpgp/field_reader.h"
#include "openpgp/session_packets.h"

namespace octo::openpgp {
namespace {

// Signature subpackets, RFC 4880 section 5.2.3.1 (33: RFC 9580).
constexpr uint8_t kCreationTime = 2;
constexpr uint8_t kIssuer = 16;
constexpr uint8_t kIssuerFingerprint = 33;

WallTime FromUnix(uint32_t seconds) { return WallTime(std::chrono::seconds(seconds)); }

size_t SubpacketLength(FieldReader& fields) {
  const uint8_t first = fields.U8();
  if (first < 192) return first;
  if (first < 255) return ((size_t{first} - 192) << 8) + fields.U8() + 192;
  return fields.U32();
}

void ReadSubpackets(std::span<const std::byte> area, bool hashed, SignatureClaim& claim) {
  FieldReader subpackets(area);
  while (!subpackets.empty()) {
    FieldReader fields(subpackets.Take(SubpacketLength(subpackets)));
    switch (fields.U8() & 0x7F) {
      case kCreationTime:
        if (hashed) claim.made = FromUnix(fields.U32());
        break;
      case kIssuer:
        claim.key_id = UpperHex(fields.Take(8));
        break;
      case kIssuerFingerprint:
        if (fields.U8() == 4) claim.fingerprint = UpperHex(fields.Take(20));
        break;
      default:
        break;
    }
  }
}

}  // namespace

SignatureClaim ParseSignature(std::span<const std::byte> body) {
  FieldReader fields(body);
  SignatureClaim claim;
  const uint8_t version = fields.U8();
  if (version == 3) {
    fields.Take(2);  // length of what is hashed, type
    claim.made = FromUnix(fields.U32());
    claim.key_id = UpperHex(fields.Take(8));
  } else if (version == 4 || version == 5) {
    fields.Take(3);  // type, algorithms
    ReadSubpackets(fields.Take(fields.U16()), true, claim);
    ReadSubpackets(fields.Take(fields.U16()), false, claim);
    if (claim.key_id.empty() && !claim.fingerprint.empty())
      claim.key_id = claim.fingerprint.substr(24);
  }
  return claim;
}

std::string PacketHeader(uint8_t tag, size_t body_bytes) {
  return static_cast<char>(0xC0 | tag) + PacketLength(body_bytes);
}

std::string PacketLength(size_t body_bytes) {
  std::string length{'\xFF'};
  for (int shift = 24; shift >= 0; shift -= 8)
    length.push_back(static_cast<char>(body_bytes >> shift));
  return length;
}

}  // namespace octo::openpgp
