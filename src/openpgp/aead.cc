#include "openpgp/aead.h"

#include <fmt/core.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <utility>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr size_t kBlockBytes = 16;
constexpr size_t kReadBytes = 64 << 10;
// After any byte of a chunk come at least the chunk's tag and the last tag.
constexpr size_t kLookAhead = 2 * kAeadTagBytes;
constexpr uint8_t kMostChunkBits = 56;

struct FreeOpenSsl {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_CIPHER* cipher) const { EVP_CIPHER_free(cipher); }
  void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
  void operator()(EVP_MAC* mac) const { EVP_MAC_free(mac); }
};

const unsigned char* Raw(const std::byte* bytes) {
  return reinterpret_cast<const unsigned char*>(bytes);
}
unsigned char* Raw(std::byte* bytes) { return reinterpret_cast<unsigned char*>(bytes); }

std::unique_ptr<EVP_CIPHER, FreeOpenSsl> Fetch(const CipherInfo& info, std::string_view mode) {
  const std::string name = fmt::format("{}-{}", info.openssl_name, mode);
  std::unique_ptr<EVP_CIPHER, FreeOpenSsl> cipher(EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr));
  if (!info.name.starts_with("AES") || !cipher) {
    throw Unsupported(fmt::format(
        "the message is encrypted with {} in an authenticated mode, which is not supported",
        info.name));
  }
  return cipher;
}

[[noreturn]] void Broken() { throw Unsupported("the cipher failed"); }

class OcbDecryptor final : public AeadDecryptor {
 public:
  explicit OcbDecryptor(const SessionKey& key)
      : cipher_(Fetch(*key.cipher, "OCB")), context_(EVP_CIPHER_CTX_new()), key_(key.key) {}

  void Start(std::span<const std::byte> nonce, std::span<const std::byte> associated) override {
    int count = 0;
    if (EVP_CIPHER_CTX_reset(context_.get()) != 1 ||
        EVP_DecryptInit_ex2(context_.get(), cipher_.get(), nullptr, nullptr, nullptr) != 1 ||
        EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(nonce.size()),
                            nullptr) != 1 ||
        EVP_DecryptInit_ex2(context_.get(), nullptr, Raw(key_.data()), Raw(nonce.data()),
                            nullptr) != 1 ||
        EVP_DecryptUpdate(context_.get(), nullptr, &count, Raw(associated.data()),
                          static_cast<int>(associated.size())) != 1) {
      Broken();
    }
  }

  size_t Update(std::span<const std::byte> in, std::byte* out) override {
    int count = 0;
    if (EVP_DecryptUpdate(context_.get(), Raw(out), &count, Raw(in.data()),
                          static_cast<int>(in.size())) != 1) {
      Broken();
    }
    return static_cast<size_t>(count);
  }

  bool Finish(std::span<const std::byte> tag, std::byte* out, size_t& count) override {
    std::array<std::byte, kAeadTagBytes> expected;
    std::ranges::copy(tag, expected.begin());
    int rest = 0;
    EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_SET_TAG, static_cast<int>(expected.size()),
                        expected.data());
    const bool good = EVP_DecryptFinal_ex(context_.get(), Raw(out), &rest) == 1;
    if (good) count += static_cast<size_t>(rest);
    return good;
  }

 private:
  std::unique_ptr<EVP_CIPHER, FreeOpenSsl> cipher_;
  std::unique_ptr<EVP_CIPHER_CTX, FreeOpenSsl> context_;
  SecretBytes key_;
};

// EAX is counter mode under a CMAC of nonce, associated data and ciphertext, each with a number in
// front.
class EaxDecryptor final : public AeadDecryptor {
 public:
  explicit EaxDecryptor(const SessionKey& key)
      : cipher_(Fetch(*key.cipher, "CTR")),
        context_(EVP_CIPHER_CTX_new()),
        mac_(EVP_MAC_fetch(nullptr, "CMAC", nullptr)),
        mac_cipher_(fmt::format("{}-CBC", key.cipher->openssl_name)),
        key_(key.key) {}

  void Start(std::span<const std::byte> nonce, std::span<const std::byte> associated) override {
    tag_ = Cmac(0, nonce);
    if (EVP_DecryptInit_ex2(context_.get(), cipher_.get(), Raw(key_.data()), Raw(tag_.data()),
                            nullptr) != 1)
      Broken();
    Xor(Cmac(1, associated));
    ciphertext_ = StartCmac(2);
  }

  size_t Update(std::span<const std::byte> in, std::byte* out) override {
    int count = 0;
    if (EVP_MAC_update(ciphertext_.get(), Raw(in.data()), in.size()) != 1 ||
        EVP_DecryptUpdate(context_.get(), Raw(out), &count, Raw(in.data()),
                          static_cast<int>(in.size())) != 1) {
      Broken();
    }
    return static_cast<size_t>(count);
  }

  bool Finish(std::span<const std::byte> tag, std::byte* /*out*/, size_t& /*count*/) override {
    Xor(FinishCmac(*ciphertext_));
    return CRYPTO_memcmp(tag_.data(), tag.data(), tag_.size()) == 0;
  }

 private:
  using Block = std::array<std::byte, kBlockBytes>;
  using MacContext = std::unique_ptr<EVP_MAC_CTX, FreeOpenSsl>;

  MacContext StartCmac(uint8_t number) {
    MacContext context(EVP_MAC_CTX_new(mac_.get()));
    OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_CIPHER,
                                                            mac_cipher_.data(), mac_cipher_.size()),
                           OSSL_PARAM_construct_end()};
    unsigned char block[kBlockBytes] = {};
    block[kBlockBytes - 1] = number;
    if (!context || EVP_MAC_init(context.get(), Raw(key_.data()), key_.size(), params) != 1 ||
        EVP_MAC_update(context.get(), block, sizeof block) != 1) {
      Broken();
    }
    return context;
  }

  static Block FinishCmac(EVP_MAC_CTX& context) {
    Block block;
    size_t count = 0;
    if (EVP_MAC_final(&context, Raw(block.data()), &count, block.size()) != 1) Broken();
    return block;
  }

  Block Cmac(uint8_t number, std::span<const std::byte> data) {
    const MacContext context = StartCmac(number);
    if (EVP_MAC_update(context.get(), Raw(data.data()), data.size()) != 1) Broken();
    return FinishCmac(*context);
  }

  void Xor(const Block& block) {
    for (size_t i = 0; i < block.size(); ++i) tag_[i] ^= block[i];
  }

  std::unique_ptr<EVP_CIPHER, FreeOpenSsl> cipher_;
  std::unique_ptr<EVP_CIPHER_CTX, FreeOpenSsl> context_;
  std::unique_ptr<EVP_MAC, FreeOpenSsl> mac_;
  std::string mac_cipher_;
  SecretBytes key_;
  MacContext ciphertext_;
  Block tag_{};
};

Error Tampered() {
  return Corrupt("the integrity check of the message failed: it was changed or damaged on its way",
                 "ask the sender for the file again");
}

}  // namespace

std::unique_ptr<AeadDecryptor> AeadDecryptor::Make(AeadMode mode, const SessionKey& key) {
  if (mode == AeadMode::kOcb) return std::make_unique<OcbDecryptor>(key);
  return std::make_unique<EaxDecryptor>(key);
}

AeadSource::AeadSource(stream::Source& body, AeadHeader header, const SessionKey& key)
    : body_(body),
      header_(std::move(header)),
      chunk_bytes_(uint64_t{1} << (std::min(header_.chunk_bits, kMostChunkBits) + 6)),
      cipher_(AeadDecryptor::Make(header_.mode, key)),
      raw_(kReadBytes + kLookAhead),
      plain_(kReadBytes + 2 * kBlockBytes) {
  if (header_.chunk_bits > kMostChunkBits)
    throw Corrupt("the message says an impossible chunk size");
  StartChunk(false);
}

void AeadSource::StartChunk(bool last) {
  const auto big_endian = [](uint64_t number, std::byte* out) {
    for (int i = 0; i < 8; ++i) out[i] = static_cast<std::byte>(number >> (56 - 8 * i));
  };
  crypto::Bytes nonce = header_.vector;
  std::byte index[8];
  big_endian(chunk_index_, index);
  for (size_t i = 0; i < 8; ++i) nonce[nonce.size() - 8 + i] ^= index[i];
  std::array<std::byte, 21> associated{
      std::byte{0xD4}, std::byte{1}, static_cast<std::byte>(header_.cipher),
      static_cast<std::byte>(header_.mode), static_cast<std::byte>(header_.chunk_bits)};
  big_endian(chunk_index_, associated.data() + 5);
  big_endian(total_, associated.data() + 13);
  cipher_->Start(nonce, std::span(associated).first(last ? 21 : 13));
  chunk_done_ = 0;
}

void AeadSource::Fill() {
  std::memmove(raw_.data(), raw_.data() + raw_begin_, raw_end_ - raw_begin_);
  raw_end_ -= raw_begin_;
  raw_begin_ = 0;
  while (raw_end_ < raw_.size() && !body_ended_) {
    const size_t count = body_.Read(std::span(raw_).subspan(raw_end_));
    raw_end_ += count;
    body_ended_ = count == 0;
  }
}

std::span<const std::byte> AeadSource::Take(size_t bytes) {
  if (bytes > raw_end_ - raw_begin_) throw Tampered();
  const auto taken = std::span<const std::byte>(raw_).subspan(raw_begin_, bytes);
  raw_begin_ += bytes;
  return taken;
}

void AeadSource::FinishChunk() {
  size_t count = 0;
  if (!cipher_->Finish(Take(kAeadTagBytes), plain_.data() + end_, count)) throw Tampered();
  end_ += count;
  total_ += chunk_done_;
  ++chunk_index_;
  StartChunk(false);
}

void AeadSource::FinishMessage() {
  StartChunk(true);
  size_t count = 0;
  if (!cipher_->Finish(Take(kAeadTagBytes), plain_.data() + end_, count)) throw Tampered();
  at_end_ = true;
}

void AeadSource::Refill() {
  Fill();
  begin_ = 0;
  end_ = 0;
  const size_t held = raw_end_ - raw_begin_;
  const size_t usable = held > kLookAhead ? held - kLookAhead : 0;
  const auto count = static_cast<size_t>(std::min<uint64_t>(usable, chunk_bytes_ - chunk_done_));
  end_ = cipher_->Update(Take(count), plain_.data());
  chunk_done_ += count;
  const bool last_byte = body_ended_ && count == usable;
  if (chunk_done_ == chunk_bytes_ || (last_byte && chunk_done_ > 0)) FinishChunk();
  if (body_ended_ && chunk_done_ == 0 && raw_end_ - raw_begin_ <= kAeadTagBytes) FinishMessage();
}

size_t AeadSource::Read(std::span<std::byte> buffer) {
  while (begin_ == end_) {
    if (at_end_) return 0;
    Refill();
  }
  const size_t count = std::min(buffer.size(), end_ - begin_);
  std::memcpy(buffer.data(), plain_.data() + begin_, count);
  begin_ += count;
  return count;
}

}  // namespace octo::openpgp
