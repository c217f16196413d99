#include "openpgp/ecdh_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "crypto/digest.h"
#include "openpgp/openssl_key.h"

namespace octo::openpgp {
namespace {

constexpr uint8_t kEcdh = 18;

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

Owned<EVP_PKEY> MakeX25519(std::span<const std::byte> secret) {
  SecretBytes key = LeftPadded(secret, 32);  // big-endian here, little-endian there
  std::ranges::reverse(key);
  return Owned<EVP_PKEY>(
      EVP_PKEY_new_raw_private_key(EVP_PKEY_X25519, nullptr, Raw(key), key.size()));
}

Owned<EVP_PKEY> MakeEc(const Curve& curve, std::span<const std::byte> point,
                       std::span<const std::byte> secret) {
  const Owned<OSSL_PARAM_BLD> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, curve.openssl_name, 0);
  OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                   point.size());
  const auto number = Number(secret);
  if (!secret.empty())
    OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get());
  return MakeKey("EC", builder.get(), secret.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR);
}

crypto::Bytes KdfSuffix(std::span<const std::byte> oid, std::span<const std::byte> kdf,
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

class EcdhKey final : public DecryptionKey {
 public:
  EcdhKey(const Curve& curve, Owned<EVP_PKEY> key, const EVP_MD* hash, const EVP_CIPHER* wrap,
          crypto::Bytes kdf_suffix)
      : DecryptionKey(kEcdh),
        curve_(curve),
        key_(std::move(key)),
        hash_(hash),
        wrap_(wrap),
        kdf_suffix_(std::move(kdf_suffix)) {}

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

}  // namespace

std::shared_ptr<DecryptionKey> MakeEcdhKey(FieldReader fields,
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
  return std::make_shared<EcdhKey>(*curve, std::move(key), hash, wrap,
                                   KdfSuffix(oid, kdf, fingerprint));
}

}  // namespace octo::openpgp
