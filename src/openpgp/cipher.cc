#include "openpgp/cipher.h"

#include <fmt/core.h>
#include <openssl/evp.h>
#include <openssl/provider.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr CipherInfo kCiphers[] = {
    {1, "IDEA", "IDEA", 16, 8},
    {2, "TripleDES", "DES-EDE3", 24, 8},
    {3, "CAST5", "CAST5", 16, 8},
    {4, "Blowfish", "BF", 16, 8},
    {7, "AES128", "AES-128", 16, 16},
    {8, "AES192", "AES-192", 24, 16},
    {9, "AES256", "AES-256", 32, 16},
    {10, "Twofish", "", 32, 16},
    {11, "Camellia128", "CAMELLIA-128", 16, 16},
    {12, "Camellia192", "CAMELLIA-192", 24, 16},
    {13, "Camellia256", "CAMELLIA-256", 32, 16},
};
constexpr size_t kBatchBytes = 16 << 10;
constexpr size_t kMostBlockBytes = 16;

// The old ciphers are in OpenSSL's legacy provider: loaded into a library context of our own, so
// that the rest of the program never gets them.
class CipherLibrary {
 public:
  CipherLibrary()
      : context_(OSSL_LIB_CTX_new()),
        default_(OSSL_PROVIDER_load(context_, "default")),
        legacy_(OSSL_PROVIDER_load(context_, "legacy")) {}
  CipherLibrary(const CipherLibrary&) = delete;
  CipherLibrary& operator=(const CipherLibrary&) = delete;
  ~CipherLibrary() {
    if (legacy_ != nullptr) OSSL_PROVIDER_unload(legacy_);
    if (default_ != nullptr) OSSL_PROVIDER_unload(default_);
    OSSL_LIB_CTX_free(context_);
  }
  OSSL_LIB_CTX* context() const { return context_; }

 private:
  OSSL_LIB_CTX* context_;
  OSSL_PROVIDER* default_;
  OSSL_PROVIDER* legacy_;
};

EVP_CIPHER* FetchEcb(const CipherInfo& info) {
  const std::string name = fmt::format("{}-ECB", info.openssl_name);
  if (EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, name.c_str(), nullptr)) return cipher;
  static const CipherLibrary library;
  return EVP_CIPHER_fetch(library.context(), name.c_str(), nullptr);
}

// In words: what the compiler makes of single bytes would take longer than the cipher.
void Xor(std::span<std::byte> data, const std::byte* stream) {
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= data.size(); i += sizeof(uint64_t)) {
    uint64_t word = 0;
    uint64_t other = 0;
    std::memcpy(&word, data.data() + i, sizeof word);
    std::memcpy(&other, stream + i, sizeof other);
    word ^= other;
    std::memcpy(data.data() + i, &word, sizeof word);
  }
  for (; i < data.size(); ++i) data[i] ^= stream[i];
}

}  // namespace

const CipherInfo* FindCipher(uint8_t id) {
  const auto* const found = std::ranges::find(kCiphers, id, &CipherInfo::id);
  return found == std::end(kCiphers) ? nullptr : found;
}

struct CfbDecryptor::State {
  EVP_CIPHER_CTX* context = nullptr;
  EVP_CIPHER* cipher = nullptr;
  size_t block_bytes = 0;
  std::byte vector[kMostBlockBytes] = {};
  SecretBytes stream = SecretBytes(kBatchBytes);

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    EVP_CIPHER_CTX_free(context);
    EVP_CIPHER_free(cipher);
  }
};

CfbDecryptor::CfbDecryptor(const SessionKey& key) : state_(std::make_unique<State>()) {
  const CipherInfo& info = *key.cipher;
  state_->block_bytes = info.block_bytes;
  if (!info.openssl_name.empty()) state_->cipher = FetchEcb(info);
  if (state_->cipher == nullptr) {
    throw Unsupported(
        fmt::format("the message is encrypted with {}, which is not supported", info.name),
        "ask the sender to encrypt with AES");
  }
  state_->context = EVP_CIPHER_CTX_new();
  const auto* const bytes = reinterpret_cast<const unsigned char*>(key.key.data());
  if (key.key.size() != info.key_bytes || state_->context == nullptr ||
      EVP_EncryptInit_ex2(state_->context, state_->cipher, bytes, nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(state_->context, 0) != 1) {
    throw Unsupported(fmt::format("the cipher {} can't be started", info.name));
  }
}

CfbDecryptor::CfbDecryptor(CfbDecryptor&&) noexcept = default;
CfbDecryptor::~CfbDecryptor() = default;

void CfbDecryptor::Decrypt(std::span<std::byte> data) {
  const size_t block = state_->block_bytes;
  while (!data.empty()) {
    const size_t count = std::min(data.size(), kBatchBytes);
    const size_t padded = (count + block - 1) / block * block;
    std::byte* const stream = state_->stream.data();
    // What goes through the cipher is the ciphertext one block earlier.
    std::memcpy(stream, state_->vector, block);
    if (padded > block) std::memcpy(stream + block, data.data(), padded - block);
    if (count == padded) std::memcpy(state_->vector, data.data() + count - block, block);
    auto* const raw = reinterpret_cast<unsigned char*>(stream);
    int produced = 0;
    if (EVP_EncryptUpdate(state_->context, raw, &produced, raw, static_cast<int>(padded)) != 1) {
      throw Unsupported("the cipher failed");
    }
    Xor(data.first(count), stream);
    data = data.subspan(count);
  }
}

void CfbDecryptor::Restart(std::span<const std::byte> block) {
  std::memcpy(state_->vector, block.data(), state_->block_bytes);
}

}  // namespace octo::openpgp
