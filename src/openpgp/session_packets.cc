#include "openpgp/session_packets.h"

#include <algorithm>
#include <cctype>

#include "openpgp/aead.h"
#include "openpgp/field_reader.h"

namespace octo::openpgp {
namespace {

crypto::Bytes Copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace

std::string UpperHex(std::span<const std::byte> bytes) {
  std::string hex = crypto::Hex(bytes);
  std::ranges::transform(hex, hex.begin(),
                         [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return hex;
}

PublicKeySession ParsePublicKeySession(std::span<const std::byte> body) {
  FieldReader fields(body);
  PublicKeySession session;
  if (fields.U8() != 3) return session;
  session.supported = true;
  session.key_id = UpperHex(fields.Take(8));
  session.algorithm = fields.U8();
  session.fields = Copy(fields.rest());
  return session;
}

SymmetricSession ParseSymmetricSession(std::span<const std::byte> body) {
  FieldReader fields(body);
  SymmetricSession session;
  session.version = fields.U8();
  if (session.version != 4 && session.version != 5) return session;
  session.cipher = fields.U8();
  if (session.version == 5) session.aead = fields.U8();
  session.s2k_type = fields.U8();
  if (session.s2k_type != 0 && session.s2k_type != 1 && session.s2k_type != 3) return session;
  session.s2k_hash = fields.U8();
  if (session.s2k_type != 0) session.salt = Copy(fields.Take(8));
  if (session.s2k_type == 3) {  // RFC 4880 section 3.7.1.3
    const uint8_t coded = fields.U8();
    session.s2k_count = (16u + (coded & 15u)) << ((coded >> 4) + 6);
  }
  if (session.version == 5) {
    if (session.aead != 1 && session.aead != 2) return session;
    session.vector = Copy(fields.Take(session.aead == 1 ? 16 : 15));
    if (fields.rest().size() <= kAeadTagBytes) return session;
  }
  session.encrypted = Copy(fields.rest());
  session.supported = true;
  return session;
}

}  // namespace octo::openpgp
