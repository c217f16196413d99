#include "openpgp/verifier_pool.h"

#include <new>
#include <utility>

#include "openpgp/rnp_handle.h"

namespace octo::openpgp {

VerifierPool::VerifierPool(std::string public_keys, WallClock now)
    : public_keys_(std::move(public_keys)), now_(std::move(now)) {}

VerifierPool::~VerifierPool() {
  for (rnp_ffi_t ffi : idle_) rnp_ffi_destroy(ffi);
}

rnp_ffi_t VerifierPool::Make() const {
  rnp_ffi_t ffi = nullptr;
  if (rnp_ffi_create(&ffi, "GPG", "GPG") != RNP_SUCCESS) throw std::bad_alloc();
  if (public_keys_.empty()) return ffi;
  rnp_input_t raw_input = nullptr;
  rnp_input_from_memory(&raw_input, reinterpret_cast<const uint8_t*>(public_keys_.data()),
                        public_keys_.size(), false);
  const RnpHandle<rnp_input_t> input(raw_input);
  rnp_import_keys(ffi, input.get(), RNP_LOAD_SAVE_PUBLIC_KEYS | RNP_LOAD_SAVE_PERMISSIVE, nullptr);
  return ffi;
}

std::unique_ptr<VerifierPool::Lease> VerifierPool::Take() {
  rnp_ffi_t ffi = nullptr;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      ffi = idle_.back();
      idle_.pop_back();
    }
  }
  if (ffi == nullptr) ffi = Make();
  auto lease = std::make_unique<Lease>(*this, ffi);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(now_().time_since_epoch());
  rnp_set_timestamp(ffi, static_cast<uint64_t>(now.count()));
  return lease;
}

VerifierPool::Lease::~Lease() {
  const std::lock_guard lock(pool_.mutex_);
  pool_.idle_.push_back(ffi_);
}

}  // namespace octo::openpgp
