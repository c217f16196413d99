#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "openpgp/rnp_handle.h"

namespace octo::openpgp {

// RNP objects with all public keys, for verifying: one is used by one thread at a time, and kept
// for the next message. Thread-safe.
class VerifierPool {
 public:
  // `public_keys` are packets.
  VerifierPool(std::string public_keys, WallClock now);
  ~VerifierPool();

  // Gives the object back to the pool when it goes; the pool must outlive it.
  class Lease {
   public:
    Lease(VerifierPool& pool, RnpHandle<rnp_ffi_st*> ffi) : pool_(pool), ffi_(std::move(ffi)) {}
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    ~Lease();
    rnp_ffi_st* ffi() const { return ffi_.get(); }

   private:
    VerifierPool& pool_;
    RnpHandle<rnp_ffi_st*> ffi_;
  };
  // An object whose clock says now.
  std::unique_ptr<Lease> Take();

 private:
  const std::string public_keys_;
  const WallClock now_;
  std::mutex mutex_;
  std::vector<RnpHandle<rnp_ffi_st*>> idle_;
};

}  // namespace octo::openpgp
