#pragma once

#include <exception>

#include "stream/source.h"

namespace octo::openpgp {

// The outermost source of a chain: makes its end and its errors sticky, as Source asks.
class StickySource : public stream::Source {
 public:
  size_t Read(std::span<std::byte> buffer) final {
    if (error_) std::rethrow_exception(error_);
    if (ended_) return 0;
    try {
      const size_t count = ReadSome(buffer);
      ended_ = count == 0;
      return count;
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

 private:
  virtual size_t ReadSome(std::span<std::byte> buffer) = 0;

  std::exception_ptr error_;
  bool ended_ = false;
};

}  // namespace octo::openpgp
