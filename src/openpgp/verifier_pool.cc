#include "openpgp/verifier_pool.h"

#include <rnp/rnp.h>

#include <span>
#include <utility>

namespace octo::openpgp {

VerifierPool::VerifierPool(std::string public_keys, WallClock now)
    : public_keys_(std::move(public_keys)), now_(std::move(now)) {}

VerifierPool::~VerifierPool() = default;

std::unique_ptr<VerifierPool::Lease> VerifierPool::Take() {
  RnpHandle<rnp_ffi_t> ffi;
  {
    const std::lock_guard lock(mutex_);
    if (!idle_.empty()) {
      ffi = std::move(idle_.back());
      idle_.pop_back();
    }
  }
  if (!ffi) ffi = MakeRnp(std::as_bytes(std::span(public_keys_)), false);
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(now_().time_since_epoch());
  rnp_set_timestamp(ffi.get(), static_cast<uint64_t>(now.count()));
  return std::make_unique<Lease>(*this, std::move(ffi));
}

VerifierPool::Lease::~Lease() {
  const std::lock_guard lock(pool_.mutex_);
  pool_.idle_.push_back(std::move(ffi_));
}

}  // namespace octo::openpgp
