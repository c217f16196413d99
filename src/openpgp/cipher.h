#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "openpgp/secret_bytes.h"

namespace octo::openpgp {

// A symmetric cipher by its number, RFC 4880 section 9.2.
struct CipherInfo {
  uint8_t id;
  std::string_view name;          // "AES256"
  std::string_view openssl_name;  // without the mode; empty: not supported
  size_t key_bytes;
  size_t block_bytes;
};

// nullptr for an unknown number.
const CipherInfo* FindCipher(uint8_t id);

// What opens the encrypted data of a message.
struct SessionKey {
  const CipherInfo* cipher = nullptr;
  SecretBytes key;
};

// OpenPGP's CFB mode, decrypting. The ciphertext blocks go through ECB in batches, shifted by one
// block, which is several times faster than a library's serial CFB.
class CfbDecryptor {
 public:
  // Starts with an all-zero vector. Throws kPermanent when the cipher is not available.
  explicit CfbDecryptor(const SessionKey& key);
  CfbDecryptor(CfbDecryptor&&) noexcept;
  ~CfbDecryptor();

  // In place. Only the last call may have a length that is not a multiple of the block.
  void Decrypt(std::span<std::byte> data);
  // Goes on with this ciphertext block as the vector (the "resynchronisation" of RFC 4880
  // section 13.9).
  void Restart(std::span<const std::byte> block);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace octo::openpgp
