#pragma once

#include <openssl/bn.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <span>

#include "openpgp/secret_bytes.h"

// OpenSSL's objects, freed, and keys made of numbers. For the .cc files of this folder only.
namespace octo::openpgp {

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

inline const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* Raw(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// A big-endian number.
Owned<BIGNUM> Number(std::span<const std::byte> bytes);
// The last `size` bytes, with zeros in front where there are fewer.
SecretBytes LeftPadded(std::span<const std::byte> bytes, size_t size);
// A key of what was pushed to the builder; nullptr when OpenSSL does not take it.
Owned<EVP_PKEY> MakeKey(const char* type, OSSL_PARAM_BLD* builder, int selection);

}  // namespace octo::openpgp
