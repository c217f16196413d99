#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "crypto/digest.h"

// The packets at the start of an encrypted message that say who can open it.
namespace octo::openpgp {

// A session key encrypted to a public key (type 1), RFC 4880 section 5.1.
struct PublicKeySession {
  static constexpr std::string_view kHidden = "0000000000000000";
  bool supported = false;  // version 3; of others nothing else is known
  std::string key_id;      // 16 hex digits, upper case
  uint8_t algorithm = 0;
  crypto::Bytes fields;  // the algorithm's own
};

// A session key encrypted with, or made from, a passphrase (type 3), RFC 4880 section 5.3; version
// 5 of the LibrePGP draft.
struct SymmetricSession {
  bool supported = false;
  uint8_t version = 0;
  uint8_t cipher = 0;
  uint8_t aead = 0;      // version 5
  uint8_t s2k_type = 0;  // 0 simple, 1 salted, 3 salted and iterated
  uint8_t s2k_hash = 0;
  crypto::Bytes salt;       // 8 bytes, or empty
  uint32_t s2k_count = 0;   // octets to hash
  crypto::Bytes vector;     // version 5
  crypto::Bytes encrypted;  // empty: the passphrase's key is the session key
};

PublicKeySession ParsePublicKeySession(std::span<const std::byte> body);
SymmetricSession ParseSymmetricSession(std::span<const std::byte> body);

// "0123ABCD…" in upper case.
std::string UpperHex(std::span<const std::byte> bytes);

}  // namespace octo::openpgp
