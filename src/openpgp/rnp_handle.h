#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <type_traits>

struct rnp_ffi_st;
struct rnp_identifier_iterator_st;
struct rnp_input_st;
struct rnp_key_handle_st;
struct rnp_op_verify_st;
struct rnp_output_st;

namespace octo::openpgp {

struct FreeRnp {
  void operator()(rnp_ffi_st* ffi) const;
  void operator()(rnp_identifier_iterator_st* iterator) const;
  void operator()(rnp_input_st* input) const;
  void operator()(rnp_key_handle_st* key) const;
  void operator()(rnp_op_verify_st* operation) const;
  void operator()(rnp_output_st* output) const;
};

// A handle of RNP's (rnp_ffi_t and so on), freed.
template <typename Handle>
using RnpHandle = std::unique_ptr<std::remove_pointer_t<Handle>, FreeRnp>;

// An RNP object with these keys (packets, binary or armored), which may be none.
RnpHandle<rnp_ffi_st*> MakeRnp(std::span<const std::byte> keys, bool secret_too);

}  // namespace octo::openpgp
