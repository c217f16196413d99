#pragma once

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <memory>
#include <string>

// RNP's handles, freed. For the .cc files of this folder only.
namespace octo::openpgp {

struct FreeRnp {
  void operator()(rnp_ffi_t ffi) const { rnp_ffi_destroy(ffi); }
  void operator()(rnp_input_t input) const { rnp_input_destroy(input); }
  void operator()(rnp_output_t output) const { rnp_output_destroy(output); }
  void operator()(rnp_key_handle_t key) const { rnp_key_handle_destroy(key); }
  void operator()(rnp_identifier_iterator_t iterator) const {
    rnp_identifier_iterator_destroy(iterator);
  }
  void operator()(rnp_op_verify_t operation) const { rnp_op_verify_destroy(operation); }
};

template <typename Handle>
using RnpHandle = std::unique_ptr<std::remove_pointer_t<Handle>, FreeRnp>;

// A text that RNP allocated, as a string; empty when the getter (called with a char**) fails.
template <typename Getter>
std::string RnpText(const Getter& getter) {
  char* text = nullptr;
  if (getter(&text) != RNP_SUCCESS || text == nullptr) return {};
  std::string copy = text;
  rnp_buffer_destroy(text);
  return copy;
}

inline std::string RnpText(rnp_result_t (*getter)(rnp_key_handle_t, char**), rnp_key_handle_t key) {
  return RnpText([&](char** text) { return getter(key, text); });
}

}  // namespace octo::openpgp
