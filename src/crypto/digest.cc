#include "crypto/digest.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <stdexcept>

namespace octo::crypto {
namespace {

const EVP_MD* Method(DigestAlgorithm algorithm) {
  switch (algorithm) {
    case DigestAlgorithm::kMd5:
      return EVP_md5();
    case DigestAlgorithm::kSha1:
      return EVP_sha1();
    case DigestAlgorithm::kSha256:
      return EVP_sha256();
    case DigestAlgorithm::kSha384:
      return EVP_sha384();
    case DigestAlgorithm::kSha512:
      break;
  }
  return EVP_sha512();
}

}  // namespace

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* method = nullptr;
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestAlgorithm algorithm) : state_(std::make_unique<State>()) {
  state_->method = Method(algorithm);
  if (EVP_DigestInit_ex(state_->context, state_->method, nullptr) != 1)
    throw std::runtime_error("digest not available");
}
Digest::Digest(Digest&&) noexcept = default;
Digest& Digest::operator=(Digest&&) noexcept = default;
Digest::~Digest() = default;

void Digest::Update(std::span<const std::byte> data) {
  if (EVP_DigestUpdate(state_->context, data.data(), data.size()) != 1)
    throw std::runtime_error("digest failed");
}

void Digest::Update(std::string_view text) { Update(std::as_bytes(std::span(text))); }

Bytes Digest::Finish() {
  Bytes result(static_cast<size_t>(EVP_MD_get_size(state_->method)));
  unsigned size = 0;
  if (EVP_DigestFinal_ex(state_->context, reinterpret_cast<unsigned char*>(result.data()), &size) !=
          1 ||
      EVP_DigestInit_ex(state_->context, state_->method, nullptr) != 1) {
    throw std::runtime_error("digest failed");
  }
  return result;
}

std::string Digest::FinishHex() { return Hex(Finish()); }

std::string Sha256Hex(std::string_view text) {
  Digest digest(DigestAlgorithm::kSha256);
  digest.Update(text);
  return digest.FinishHex();
}

Bytes HmacSha256(std::span<const std::byte> key, std::string_view text) {
  Bytes result(32);
  unsigned size = 0;
  if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(),
           reinterpret_cast<unsigned char*>(result.data()), &size) == nullptr) {
    throw std::runtime_error("HMAC failed");
  }
  return result;
}

std::string Hex(std::span<const std::byte> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::byte b : bytes) {
    text += kDigits[std::to_integer<size_t>(b) >> 4];
    text += kDigits[std::to_integer<size_t>(b) & 15];
  }
  return text;
}

std::string Base64(std::span<const std::byte> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<size_t>(size));
  return text;
}

Bytes FromBase64(std::string_view text) {
  std::string clean;
  for (const char c : text) {
    if (c != ' ' && c != '\n' && c != '\r' && c != '\t') clean += c;
  }
  if (clean.empty() || clean.size() % 4 != 0) return {};
  Bytes result(clean.size() / 4 * 3);
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()),
                                   reinterpret_cast<const unsigned char*>(clean.data()),
                                   static_cast<int>(clean.size()));
  if (size < 0) return {};
  const size_t padding = clean.ends_with("==") ? 2 : clean.ends_with("=") ? 1 : 0;
  result.resize(static_cast<size_t>(size) - padding);
  return result;
}

Bytes RandomBytes(size_t count) {
  Bytes result(count);
  if (RAND_bytes(reinterpret_cast<unsigned char*>(result.data()), static_cast<int>(count)) != 1) {
    throw std::runtime_error("no random numbers");
  }
  return result;
}

std::string RandomUuid() {
  Bytes raw = RandomBytes(16);
  raw[6] = (raw[6] & std::byte{0x0f}) | std::byte{0x40};
  raw[8] = (raw[8] & std::byte{0x3f}) | std::byte{0x80};
  const std::string hex = Hex(raw);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

}  // namespace octo::crypto
