#include "openpgp/passphrase_key.h"

#include <openssl/evp.h>

#include <algorithm>
#include <memory>

#include "openpgp/aead.h"

namespace octo::openpgp {
namespace {

const EVP_MD* HashById(uint8_t id) {
  switch (id) {
    case 1:
      return EVP_md5();
    case 2:
      return EVP_sha1();
    case 3:
      return EVP_ripemd160();
    case 8:
      return EVP_sha256();
    case 9:
      return EVP_sha384();
    case 10:
      return EVP_sha512();
    case 11:
      return EVP_sha224();
    default:
      return nullptr;
  }
}

// Salt and passphrase, repeated until `octets` of them have been hashed, after `zeros` zero bytes.
SecretBytes Hash(const EVP_MD* hash, size_t zeros, std::span<const std::byte> salted,
                 uint64_t octets) {
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  SecretBytes digest(EVP_MAX_MD_SIZE);
  unsigned count = 0;
  constexpr unsigned char zero = 0;
  bool good = EVP_DigestInit_ex(context.get(), hash, nullptr) == 1;
  for (size_t i = 0; i < zeros; ++i) good = good && EVP_DigestUpdate(context.get(), &zero, 1) == 1;
  for (uint64_t left = std::max<uint64_t>(octets, salted.size()); good && left > 0;) {
    const auto part = static_cast<size_t>(std::min<uint64_t>(left, salted.size()));
    good = EVP_DigestUpdate(context.get(), salted.data(), part) == 1;
    left -= part;
  }
  good = good && EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char*>(digest.data()),
                                    &count) == 1;
  digest.resize(good ? count : 0);
  return digest;
}

SecretBytes DeriveKey(const SymmetricSession& session, const Secret& passphrase, size_t key_bytes) {
  const EVP_MD* const hash = HashById(session.s2k_hash);
  SecretBytes salted(session.salt.begin(), session.salt.end());
  const auto text = std::as_bytes(std::span(passphrase.Reveal()));
  salted.insert(salted.end(), text.begin(), text.end());
  SecretBytes key;
  for (size_t zeros = 0; hash != nullptr && key.size() < key_bytes; ++zeros) {
    const SecretBytes part = Hash(hash, zeros, salted, session.s2k_count);
    if (part.empty()) return {};
    key.insert(key.end(), part.begin(), part.end());
  }
  key.resize(key.size() < key_bytes ? 0 : key_bytes);
  return key;
}

std::optional<SessionKey> OpenVersion5(const SymmetricSession& session, const SessionKey& key,
                                       uint8_t data_cipher) {
  const CipherInfo* const cipher = FindCipher(data_cipher);
  const size_t bytes = session.encrypted.size() - kAeadTagBytes;
  if (cipher == nullptr || bytes != cipher->key_bytes) return std::nullopt;
  const auto mode = static_cast<AeadMode>(session.aead);
  const std::byte associated[] = {std::byte{0xC3}, std::byte{5},
                                  static_cast<std::byte>(session.cipher),
                                  static_cast<std::byte>(session.aead)};
  const auto aead = AeadDecryptor::Make(mode, key);
  aead->Start(session.vector, associated);
  SecretBytes plain(bytes + 32);
  const auto encrypted = std::span(session.encrypted);
  size_t count = aead->Update(encrypted.first(bytes), plain.data());
  if (!aead->Finish(encrypted.subspan(bytes), plain.data() + count, count)) return std::nullopt;
  plain.resize(bytes);
  return SessionKey{cipher, std::move(plain)};
}

}  // namespace

std::optional<SessionKey> OpenWithPassphrase(const SymmetricSession& session,
                                             const Secret& passphrase, uint8_t data_cipher) {
  const CipherInfo* const cipher = FindCipher(session.cipher);
  if (!session.supported || cipher == nullptr) return std::nullopt;
  SessionKey key{cipher, DeriveKey(session, passphrase, cipher->key_bytes)};
  if (key.key.empty()) return std::nullopt;
  if (session.version == 5) return OpenVersion5(session, key, data_cipher);
  if (session.encrypted.empty()) return key;
  SecretBytes plain(session.encrypted.begin(), session.encrypted.end());
  CfbDecryptor(key).Decrypt(plain);
  const CipherInfo* const inner = FindCipher(std::to_integer<uint8_t>(plain[0]));
  if (inner == nullptr || plain.size() != inner->key_bytes + 1) return std::nullopt;
  return SessionKey{inner, {plain.begin() + 1, plain.end()}};
}

}  // namespace octo::openpgp
