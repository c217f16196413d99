#pragma once

#include <memory>

#include "crypto/digest.h"
#include "openpgp/cipher.h"
#include "stream/source.h"

namespace octo::openpgp {

// The packets inside an encrypted data packet in CFB mode: type 18 version 1 (RFC 4880
// section 5.13), whose modification detection code is verified at the end, or the old type 9
// (section 5.7), which has none. `body` is the packet's body after the version byte, and must
// outlive this.
class CfbSource final : public stream::Source {
 public:
  enum class Integrity { kModificationCode, kNone };
  CfbSource(stream::Source& body, const SessionKey& key, Integrity integrity);

  size_t Read(std::span<std::byte> buffer) override;

  // Whether the key fits as far as the two check bytes at the start tell; for choosing among
  // passphrases only.
  static bool QuickCheck(std::span<const std::byte> start, const SessionKey& key);

 private:
  void Start();
  void Refill();
  void VerifyCode();
  size_t Fill(std::span<std::byte> out);

  stream::Source& body_;
  const Integrity integrity_;
  const size_t block_bytes_;
  const size_t held_back_;  // bytes at the end that are no data
  CfbDecryptor cipher_;
  crypto::Digest digest_;
  SecretBytes buffer_;
  size_t begin_ = 0;  // of what may be read
  size_t end_ = 0;    // of what was decrypted
  bool started_ = false;
  bool at_end_ = false;
};

}  // namespace octo::openpgp
