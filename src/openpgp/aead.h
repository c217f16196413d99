#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "crypto/digest.h"
#include "openpgp/cipher.h"
#include "stream/source.h"

namespace octo::openpgp {

enum class AeadMode : uint8_t { kEax = 1, kOcb = 2 };
constexpr size_t kAeadTagBytes = 16;

// One message of an authenticated mode, decrypting: AES in OCB (RFC 7253) or EAX.
class AeadDecryptor {
 public:
  // Throws kPermanent for another cipher than AES.
  static std::unique_ptr<AeadDecryptor> Make(AeadMode mode, const SessionKey& key);
  virtual ~AeadDecryptor() = default;

  static size_t NonceBytes(AeadMode mode) { return mode == AeadMode::kEax ? 16 : 15; }
  virtual void Start(std::span<const std::byte> nonce, std::span<const std::byte> associated) = 0;
  // Decrypts `in` to `out` (room for as many bytes and a block more); returns the count, which may
  // lag behind.
  virtual size_t Update(std::span<const std::byte> in, std::byte* out) = 0;
  // Writes what is still due (less than a block) to `out`, adds its count, and says whether the tag
  // is right.
  virtual bool Finish(std::span<const std::byte> tag, std::byte* out, size_t& count) = 0;
};

// The fields at the start of an AEAD encrypted data packet (type 20, LibrePGP draft section 5.16).
struct AeadHeader {
  uint8_t cipher = 0;
  AeadMode mode = AeadMode::kOcb;
  uint8_t chunk_bits = 0;  // as coded: a chunk has 2^(bits + 6) bytes
  crypto::Bytes vector;
};

// The packets inside an AEAD encrypted data packet: each chunk's tag and the last one, which covers
// the length, are verified. `body` is the packet's body after the header, and must outlive this.
class AeadSource final : public stream::Source {
 public:
  AeadSource(stream::Source& body, AeadHeader header, const SessionKey& key);

  size_t Read(std::span<std::byte> buffer) override;

 private:
  void Refill();
  void Fill();
  void StartChunk(bool last);
  void FinishChunk();
  void FinishMessage();
  std::span<const std::byte> Take(size_t bytes);

  stream::Source& body_;
  const AeadHeader header_;
  const uint64_t chunk_bytes_;
  std::unique_ptr<AeadDecryptor> cipher_;
  crypto::Bytes raw_;
  size_t raw_begin_ = 0;
  size_t raw_end_ = 0;
  bool body_ended_ = false;
  SecretBytes plain_;
  size_t begin_ = 0;
  size_t end_ = 0;
  uint64_t chunk_index_ = 0;
  uint64_t chunk_done_ = 0;  // bytes of the current chunk
  uint64_t total_ = 0;
  bool at_end_ = false;
};

}  // namespace octo::openpgp
