#include "openpgp/cfb_source.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstring>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr size_t kReadBytes = 64 << 10;  // a multiple of every block
constexpr size_t kCodeBytes = 22;        // D3 14 and a SHA-1

Error Tampered() {
  return Corrupt("the integrity check of the message failed: it was changed or damaged on its way",
                 "ask the sender for the file again");
}

}  // namespace

CfbSource::CfbSource(stream::Source& body, const SessionKey& key, Integrity integrity)
    : body_(body),
      integrity_(integrity),
      block_bytes_(key.cipher->block_bytes),
      held_back_(integrity == Integrity::kModificationCode ? kCodeBytes : 0),
      cipher_(key),
      digest_(crypto::DigestAlgorithm::kSha1),
      buffer_(kReadBytes + kCodeBytes) {}

size_t CfbSource::Fill(std::span<std::byte> out) {
  size_t filled = 0;
  while (filled < out.size()) {
    const size_t count = body_.Read(out.subspan(filled));
    if (count == 0) break;
    filled += count;
  }
  return filled;
}

// A random block comes first and its last two bytes again. Type 9 then restarts at an odd place,
// type 18 does not.
void CfbSource::Start() {
  started_ = true;
  const size_t prefix = block_bytes_ + 2;
  if (integrity_ == Integrity::kNone) {
    std::byte start[32];
    if (Fill(std::span(start).first(prefix)) < prefix) throw CiphertextEndsEarly();
    cipher_.Restart(std::span(start).subspan(2, block_bytes_));
    return;
  }
  Refill();
  if (end_ < prefix + held_back_) throw Tampered();
  begin_ = prefix;
}

void CfbSource::Refill() {
  const size_t kept = end_ - begin_;
  std::memmove(buffer_.data(), buffer_.data() + begin_, kept);
  const auto fresh = std::span(buffer_).subspan(kept, kReadBytes);
  const size_t count = Fill(fresh);
  cipher_.Decrypt(fresh.first(count));
  begin_ = 0;
  end_ = kept + count;
  at_end_ = count < fresh.size();
  if (integrity_ == Integrity::kNone) return;
  if (end_ < held_back_) throw Tampered();
  digest_.Update(std::span<const std::byte>(buffer_).first(end_ - held_back_));
  if (at_end_) VerifyCode();
}

void CfbSource::VerifyCode() {
  const auto code = std::span<const std::byte>(buffer_).subspan(end_ - held_back_, held_back_);
  digest_.Update(code.first(2));
  const crypto::Bytes expected = digest_.Finish();
  if (code[0] != std::byte{0xD3} || code[1] != std::byte{0x14} ||
      CRYPTO_memcmp(code.data() + 2, expected.data(), expected.size()) != 0) {
    throw Tampered();
  }
}

size_t CfbSource::Read(std::span<std::byte> buffer) {
  if (!started_) Start();
  while (end_ - begin_ <= held_back_) {
    if (at_end_) return 0;
    Refill();
  }
  const size_t count = std::min(buffer.size(), end_ - held_back_ - begin_);
  std::memcpy(buffer.data(), buffer_.data() + begin_, count);
  begin_ += count;
  return count;
}

bool CfbSource::QuickCheck(std::span<const std::byte> start, const SessionKey& key) {
  const size_t block = key.cipher->block_bytes;
  if (start.size() < block + 2) return true;
  SecretBytes prefix(start.begin(), start.begin() + static_cast<std::ptrdiff_t>(block + 2));
  CfbDecryptor(key).Decrypt(prefix);
  return prefix[block - 2] == prefix[block] && prefix[block - 1] == prefix[block + 1];
}

}  // namespace octo::openpgp
