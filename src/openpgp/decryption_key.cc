#include "openpgp/decryption_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "openpgp/failure.h"
#include "openpgp/field_reader.h"

namespace octo::openpgp {
namespace {

// Public-key algorithms, RFC 4880 section 9.1 and RFC 6637.
constexpr uint8_t kRsa = 1;
constexpr uint8_t kRsaEncryptOnly = 2;
constexpr uint8_t kElGamal = 16;
constexpr uint8_t kEcdh = 18;

struct FreeOpenSsl {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  void operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
  void operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }
  void operator()(BIGNUM* number) const { BN_clear_free(number); }
  void operator()(BN_CTX* context) const { BN_CTX_free(context); }
};
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* Raw(SecretBytes& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }

Owned<BIGNUM> Number(std::span<const std::byte> bytes) {
  return Owned<BIGNUM>(BN_bin2bn(Raw(bytes), static_cast<int>(bytes.size()), nullptr));
}

SecretBytes LeftPadded(std::span<const std::byte> bytes, size_t size) {
  SecretBytes padded(size);
  const size_t count = std::min(bytes.size(), size);
  std::ranges::copy(bytes.last(count), padded.end() - static_cast<std::ptrdiff_t>(count));
  return padded;
}

Owned<EVP_PKEY> MakeKey(const char* type, OSSL_PARAM_BLD* builder, int selection) {
  const Owned<OSSL_PARAM> params(OSSL_PARAM_BLD_to_param(builder));
  const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, selection, params.get()) != 1) {
    return nullptr;
  }
  return Owned<EVP_PKEY>(key);
}

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

struct Curve {
  std::string_view oid_hex;
  const char* openssl_name;  // nullptr: X25519
  size_t field_bytes;
};
constexpr Curve kCurves[] = {
    {"2b060104019755010501", nullptr, 32},
    {"2a8648ce3d030107", "P-256", 32},
    {"2b81040022", "P-384", 48},
    {"2b81040023", "P-521", 66},
    {"2b2403030208010107", "brainpoolP256r1", 32},
    {"2b240303020801010b", "brainpoolP384r1", 48},
    {"2b240303020801010d", "brainpoolP512r1", 64},
};

const EVP_MD* HashById(uint8_t id) {
  switch (id) {
    case 8:
      return EVP_sha256();
    case 9:
      return EVP_sha384();
    case 10:
      return EVP_sha512();
    default:
      return nullptr;
  }
}

const EVP_CIPHER* KeyWrapByCipher(uint8_t id) {
  switch (id) {
    case 7:
      return EVP_aes_128_wrap();
    case 8:
      return EVP_aes_192_wrap();
    case 9:
      return EVP_aes_256_wrap();
    default:
      return nullptr;
  }
}

// RFC 6637
class EcdhKey final : public DecryptionKey {
 public:
  EcdhKey(uint8_t algorithm, const Curve& curve, Owned<EVP_PKEY> key, const EVP_MD* hash,
          const EVP_CIPHER* wrap, crypto::Bytes kdf_suffix)
      : DecryptionKey(algorithm),
        curve_(curve),
        key_(std::move(key)),
        hash_(hash),
        wrap_(wrap),
        kdf_suffix_(std::move(kdf_suffix)) {}

  static std::shared_ptr<DecryptionKey> FromFields(uint8_t algorithm, FieldReader fields,
                                                   std::span<const std::byte> fingerprint) {
    const auto oid = fields.Take(fields.U8());
    const auto* const curve = std::ranges::find(kCurves, crypto::Hex(oid), &Curve::oid_hex);
    if (curve == std::end(kCurves)) return nullptr;
    const auto point = fields.Mpi();
    const auto kdf = fields.Take(fields.U8());
    if (kdf.size() != 3 || fields.U8() != 0) return nullptr;
    const EVP_MD* const hash = HashById(std::to_integer<uint8_t>(kdf[1]));
    const EVP_CIPHER* const wrap = KeyWrapByCipher(std::to_integer<uint8_t>(kdf[2]));
    auto key = curve->openssl_name == nullptr ? MakeX25519(fields.Mpi())
                                              : MakeEc(*curve, point, fields.Mpi());
    if (!key || hash == nullptr || wrap == nullptr) return nullptr;
    return std::make_shared<EcdhKey>(algorithm, *curve, std::move(key), hash, wrap,
                                     KdfSuffix(oid, kdf, fingerprint));
  }

 protected:
  SecretBytes Decrypt(std::span<const std::byte> fields) const override {
    FieldReader reader(fields);
    const auto point = reader.Mpi();
    const auto wrapped = reader.Take(reader.U8());
    const SecretBytes shared = Derive(point);
    if (shared.empty()) return {};
    SecretBytes plain = Unwrap(KeyEncryptionKey(shared), wrapped);
    // PKCS #5 padding to a multiple of eight
    if (plain.empty()) return {};
    const auto padding = std::to_integer<size_t>(plain.back());
    if (padding == 0 || padding > plain.size()) return {};
    plain.resize(plain.size() - padding);
    return plain;
  }

 private:
  static Owned<EVP_PKEY> MakeX25519(std::span<const std::byte> secret) {
    SecretBytes key = LeftPadded(secret, 32);  // big-endian here, little-endian there
    std::ranges::reverse(key);
    return Owned<EVP_PKEY>(
        EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Raw(key), key.size()));
  }

  static Owned<EVP_PKEY> MakeEc(const Curve& curve, std::span<const std::byte> point,
                                std::span<const std::byte> secret) {
    const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
    OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_name,
                                    0);
    OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                     point.size());
    const auto number = Number(secret);
    if (!secret.empty())
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
    return MakeKey("EC", builder.get(), secret.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
  }

  static crypto::Bytes KdfSuffix(std::span<const std::byte> oid, std::span<const std::byte> kdf,
                                 std::span<const std::byte> fingerprint) {
    crypto::Bytes suffix{static_cast<std::byte>(oid.size())};
    const auto append = [&suffix](std::span<const std::byte> bytes) {
      suffix.insert(suffix.end(), bytes.begin(), bytes.end());
    };
    append(oid);
    suffix.push_back(std::byte{kEcdh});
    suffix.push_back(static_cast<std::byte>(kdf.size()));
    append(kdf);
    append(std::as_bytes(std::span("Anonymous Sender    ", 20)));
    append(fingerprint);
    return suffix;
  }

  Owned<EVP_PKEY> PeerKey(std::span<const std::byte> point) const {
    if (curve_.openssl_name != nullptr) return MakeEc(curve_, point, {});
    if (point.size() != 33 || point[0] != std::byte{0x40}) return nullptr;
    return Owned<EVP_PKEY>(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, nullptr, Raw(point.subspan(1)), 32));
  }

  SecretBytes Derive(std::span<const std::byte> point) const {
    const auto peer = PeerKey(point);
    const Owned<EVP_PKEY_CTX> context(EVP_PKEY_CTX_new(key_.get(), nullptr));
    SecretBytes shared(curve_.field_bytes);
    size_t count = shared.size();
    if (!peer || !context || EVP_PKEY_derive_init(context.get()) != 1 ||
        EVP_PKEY_derive_set_peer(context.get(), peer.get()) != 1 ||
        EVP_PKEY_derive(context.get(), Raw(shared), &count) != 1) {
      return {};
    }
    return LeftPadded(std::span(shared).first(count), curve_.field_bytes);
  }

  SecretBytes KeyEncryptionKey(std::span<const std::byte> shared) const {
    constexpr unsigned char counter[] = {0, 0, 0, 1};
    SecretBytes digest(EVP_MAX_MD_SIZE);
    const Owned<EVP_MD_CTX> context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), hash_, nullptr);
    EVP_DigestUpdate(context.get(), counter, sizeof counter);
    EVP_DigestUpdate(context.get(), shared.data(), shared.size());
    EVP_DigestUpdate(context.get(), kdf_suffix_.data(), kdf_suffix_.size());
    EVP_DigestFinal_ex(context.get(), Raw(digest), nullptr);
    digest.resize(static_cast<size_t>(EVP_CIPHER_get_key_length(wrap_)));
    return digest;
  }

  // RFC 3394; its check fails for any other key.
  SecretBytes Unwrap(const SecretBytes& key, std::span<const std::byte> wrapped) const {
    if (wrapped.size() < 24 || wrapped.size() % 8 != 0) return {};
    const Owned<EVP_CIPHER_CTX> context(EVP_CIPHER_CTX_new());
    EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    SecretBytes plain(wrapped.size() + 16);
    int count = 0;
    if (EVP_DecryptInit_ex(context.get(), wrap_, nullptr, Raw(key), nullptr) != 1 ||
        EVP_DecryptUpdate(context.get(), Raw(plain), &count, Raw(wrapped),
                          static_cast<int>(wrapped.size())) != 1 ||
        count <= 0) {
      return {};
    }
    plain.resize(static_cast<size_t>(count));
    return plain;
  }

  const Curve& curve_;
  Owned<EVP_PKEY> key_;
  const EVP_MD* hash_;
  const EVP_CIPHER* wrap_;
  crypto::Bytes kdf_suffix_;
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
      return EcdhKey::FromFields(algorithm, fields, fingerprint);
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
