#include "openpgp/decryption_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <utility>

#include "openpgp/ecdh_key.h"
#include "openpgp/field_reader.h"
#include "openpgp/openssl_key.h"

namespace octo::openpgp {
namespace {

// Public-key algorithms, RFC 4880 section 9.1 and RFC 6637.
constexpr uint8_t kRsa = 1;
constexpr uint8_t kRsaEncryptOnly = 2;
constexpr uint8_t kElGamal = 16;
constexpr uint8_t kEcdh = 18;

class RsaKey final : public DecryptionKey {
 public:
  RsaKey(uint8_t algorithm, Owned<EVP_PKEY> key) : DecryptionKey(algorithm), key_(std::move(key)) {}

  static std::shared_ptr<DecryptionKey> FromFields(uint8_t algorithm, FieldReader fields) {
    const auto n = Number(fields.Mpi());
    const auto e = Number(fields.Mpi());
    if (fields.U8() != 0) return nullptr;  // protected
    const auto d = Number(fields.Mpi());
    const auto p = Number(fields.Mpi());
    const auto q = Number(fields.Mpi());
    const auto p_inverse = Number(fields.Mpi());
    // OpenPGP keeps 1/p mod q, OpenSSL wants 1/factor2 mod factor1: so its first factor is our q.
    const Owned<BIGNUM> one(BN_new()), minus(BN_new()), exponent1(BN_new()), exponent2(BN_new());
    const Owned<BN_CTX> work(BN_CTX_new());
    BN_one(one.get());
    BN_sub(minus.get(), q.get(), one.get());
    BN_mod(exponent1.get(), d.get(), minus.get(), work.get());
    BN_sub(minus.get(), p.get(), one.get());
    BN_mod(exponent2.get(), d.get(), minus.get(), work.get());
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    const std::pair<const char*, const BIGNUM*> numbers[] = {
        {OSSL_PKEY_PARAM_RSA_N, n.get()},
        {OSSL_PKEY_PARAM_RSA_E, e.get()},
        {OSSL_PKEY_PARAM_RSA_D, d.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR1, q.get()},
        {OSSL_PKEY_PARAM_RSA_FACTOR2, p.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT1, exponent1.get()},
        {OSSL_PKEY_PARAM_RSA_EXPONENT2, exponent2.get()},
        {OSSL_PKEY_PARAM_RSA_COEFFICIENT1, p_inverse.get()}};
    for (const auto& [name, number] : numbers) OSSL_PARAM_BLD_push_BN(builder.get(), name, number);
    auto key = MakeKey("RSA", builder.get(), EVP_PKEY_KEYPAIR);
    if (!key) return nullptr;
    return std::make_shared<RsaKey>(algorithm, std::move(key));
  }

 protected:
  SecretBytes Decrypt(std::span<const std::byte> fields) const override {
    const size_t modulus_bytes = static_cast<size_t>(EVP_PKEY_get_size(key_.get()));
    const auto encrypted = FieldReader(fields).Mpi();
    if (encrypted.size() > modulus_bytes) return {};
    const SecretBytes input = LeftPadded(encrypted, modulus_bytes);
    SecretBytes output(modulus_bytes);
    size_t count = output.size();
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    if (!context || EVP_PKEY_decrypt_init(context.get()) != 1 ||
        EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_PADDING) != 1 ||
        EVP_PKEY_decrypt(context.get(), Raw(output), &count, Raw(input), input.size()) != 1) {
      return {};
    }
    output.resize(count);
    return output;
  }

 private:
  Owned<EVP_PKEY> key_;
};

class ElGamalKey final : public DecryptionKey {
 public:
  ElGamalKey(uint8_t algorithm, Owned<BIGNUM> p, Owned<BIGNUM> x)
      : DecryptionKey(algorithm), p_(std::move(p)), x_(std::move(x)) {}

  static std::shared_ptr<DecryptionKey> FromFields(uint8_t algorithm, FieldReader fields) {
    auto p = Number(fields.Mpi());
    fields.Mpi();                          // the generator
    fields.Mpi();                          // the public value
    if (fields.U8() != 0) return nullptr;  // protected
    auto x = Number(fields.Mpi());
    BN_set_flags(x.get(), BN_FLG_CONSTTIME);
    return std::make_shared<ElGamalKey>(algorithm, std::move(p), std::move(x));
  }

 protected:
  SecretBytes Decrypt(std::span<const std::byte> fields) const override {
    FieldReader numbers(fields);
    const auto ephemeral = Number(numbers.Mpi());
    const auto masked = Number(numbers.Mpi());
    const Owned<BN_CTX> work(BN_CTX_new());
    const Owned<BIGNUM> mask(BN_new()), inverse(BN_new()), plain(BN_new());
    if (BN_mod_exp(mask.get(), ephemeral.get(), x_.get(), p_.get(), work.get()) != 1 ||
        BN_mod_inverse(inverse.get(), mask.get(), p_.get(), work.get()) == nullptr ||
        BN_mod_mul(plain.get(), masked.get(), inverse.get(), p_.get(), work.get()) != 1) {
      return {};
    }
    SecretBytes block(static_cast<size_t>(BN_num_bytes(p_.get())));
    BN_bn2binpad(plain.get(), Raw(block), static_cast<int>(block.size()));
    // PKCS #1 v1.5: 00 02, at least eight random bytes, 00
    if (block.size() < 11 || block[0] != std::byte{0} || block[1] != std::byte{2}) return {};
    const auto end = std::find(block.begin() + 2, block.end(), std::byte{0});
    if (end - block.begin() < 10 || end == block.end()) return {};
    return {end + 1, block.end()};
  }

 private:
  Owned<BIGNUM> p_;
  Owned<BIGNUM> x_;
};

std::shared_ptr<DecryptionKey> FromFields(uint8_t algorithm, FieldReader fields,
                                          std::span<const std::byte> fingerprint) {
  switch (algorithm) {
    case kRsa:
    case kRsaEncryptOnly:
      return RsaKey::FromFields(algorithm, fields);
    case kElGamal:
      return ElGamalKey::FromFields(algorithm, fields);
    case kEcdh:
      return MakeEcdhKey(fields, fingerprint);
    default:
      return nullptr;
  }
}

}  // namespace

std::shared_ptr<const DecryptionKey> DecryptionKey::FromPacket(
    std::span<const std::byte> body, std::string key_id, std::span<const std::byte> fingerprint) {
  FieldReader fields(body);
  if (fields.U8() != 4) return nullptr;
  fields.U32();  // when it was made
  const uint8_t algorithm = fields.U8();
  auto key = FromFields(algorithm, fields, fingerprint);
  if (key) key->key_id_ = std::move(key_id);
  return key;
}

bool DecryptionKey::MayOpen(const PublicKeySession& session) const {
  const auto both_rsa = [](uint8_t algorithm) {
    return algorithm == kRsa || algorithm == kRsaEncryptOnly;
  };
  return session.algorithm == algorithm_ || (both_rsa(session.algorithm) && both_rsa(algorithm_));
}

std::optional<SessionKey> DecryptionKey::Open(const PublicKeySession& session) const {
  if (!MayOpen(session)) return std::nullopt;
  const SecretBytes plain = Decrypt(session.fields);
  if (plain.size() < 3) return std::nullopt;
  const CipherInfo* const cipher = FindCipher(std::to_integer<uint8_t>(plain[0]));
  if (cipher == nullptr || plain.size() != cipher->key_bytes + 3) return std::nullopt;
  const auto key = std::span(plain).subspan(1, cipher->key_bytes);
  uint32_t sum = 0;
  for (const std::byte byte : key) sum += std::to_integer<uint32_t>(byte);
  const auto stated = FieldReader(std::span(plain).last(2)).U16();
  if ((sum & 0xFFFF) != stated) return std::nullopt;
  return SessionKey{cipher, {key.begin(), key.end()}};
}

}  // namespace octo::openpgp
