#include "openpgp/rnp_handle.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <new>

namespace octo::openpgp {

void FreeRnp::operator()(rnp_ffi_t ffi) const { rnp_ffi_destroy(ffi); }
void FreeRnp::operator()(rnp_identifier_iterator_t iterator) const {
  rnp_identifier_iterator_destroy(iterator);
}
void FreeRnp::operator()(rnp_input_t input) const { rnp_input_destroy(input); }
void FreeRnp::operator()(rnp_key_handle_t key) const { rnp_key_handle_destroy(key); }
void FreeRnp::operator()(rnp_op_verify_t operation) const { rnp_op_verify_destroy(operation); }
void FreeRnp::operator()(rnp_output_t output) const { rnp_output_destroy(output); }

RnpHandle<rnp_ffi_t> MakeRnp(std::span<const std::byte> keys, bool secret_too) {
  rnp_ffi_t raw_ffi = nullptr;
  if (rnp_ffi_create(&raw_ffi, "GPG", "GPG") != RNP_SUCCESS) throw std::bad_alloc();
  RnpHandle<rnp_ffi_t> ffi(raw_ffi);
  if (keys.empty()) return ffi;
  rnp_input_t raw_input = nullptr;
  rnp_input_from_memory(&raw_input, reinterpret_cast<const uint8_t*>(keys.data()), keys.size(),
                        false);
  const RnpHandle<rnp_input_t> input(raw_input);
  // Permissive: one key of a kind that RNP does not know must not hide the others.
  uint32_t flags = RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE;
  if (secret_too) flags |= RNP_LOAD_SAVE_SECRET_KEYS;
  rnp_import_keys(ffi.get(), input.get(), flags, nullptr);
  return ffi;
}

}  // namespace octo::openpgp
