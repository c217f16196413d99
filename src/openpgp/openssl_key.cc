#include "openpgp/openssl_key.h"

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <algorithm>

namespace octo::openpgp {

void FreeOpenSsl::operator()(BN_CTX* context) const { BN_CTX_free(context); }
void FreeOpenSsl::operator()(BIGNUM* number) const { BN_clear_free(number); }
void FreeOpenSsl::operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
void FreeOpenSsl::operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
void FreeOpenSsl::operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
void FreeOpenSsl::operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
void FreeOpenSsl::operator()(OSSL_PARAM_BLD* builder) const { OSSL_PARAM_BLD_free(builder); }
void FreeOpenSsl::operator()(OSSL_PARAM* params) const { OSSL_PARAM_free(params); }

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
