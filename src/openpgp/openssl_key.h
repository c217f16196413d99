#pragma once

#include <memory>
#include <span>

#include "openpgp/secret_bytes.h"

struct bignum_ctx;
struct bignum_st;
struct evp_cipher_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_ctx_st;
struct evp_pkey_st;
struct ossl_param_bld_st;
struct ossl_param_st;

namespace octo::openpgp {

struct FreeOpenSsl {
  void operator()(bignum_ctx* context) const;
  void operator()(bignum_st* number) const;
  void operator()(evp_cipher_ctx_st* context) const;
  void operator()(evp_md_ctx_st* context) const;
  void operator()(evp_pkey_ctx_st* context) const;
  void operator()(evp_pkey_st* key) const;
  void operator()(ossl_param_bld_st* builder) const;
  void operator()(ossl_param_st* params) const;
};
// An object of OpenSSL's (BIGNUM, EVP_PKEY and so on), freed.
template <typename T>
using Owned = std::unique_ptr<T, FreeOpenSsl>;

inline const unsigned char* Raw(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
inline unsigned char* Raw(SecretBytes& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

// A big-endian number.
Owned<bignum_st> Number(std::span<const std::byte> bytes);
// The last `size` bytes, with zeros in front where there are fewer.
SecretBytes LeftPadded(std::span<const std::byte> bytes, size_t size);
// A key of what was pushed to the builder; nullptr when OpenSSL does not take it.
Owned<evp_pkey_st> MakeKey(const char* type, ossl_param_bld_st* builder, int selection);

}  // namespace octo::openpgp
