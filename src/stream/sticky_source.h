#pragma once

#include <exception>

#include "stream/source.h"

namespace octo::stream {

// A source whose end and errors are sticky, whatever Pull would do after them. One thread.
class StickySource : public Source {
 public:
  size_t Read(std::span<std::byte> buffer) final {
    if (error_) std::rethrow_exception(error_);
    if (ended_) return 0;
    try {
      const size_t bytes = Pull(buffer);
      ended_ = bytes == 0;
      return bytes;
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

 protected:
  // As Source::Read; not called again once it returned 0 or threw.
  virtual size_t Pull(std::span<std::byte> buffer) = 0;

 private:
  std::exception_ptr error_;
  bool ended_ = false;
};

}  // namespace octo::stream
