#include "openpgp/openssl_key.h"

#include <algorithm>

namespace octo::openpgp {

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

}  // namespace octo::openpgp
