#pragma once

#include "stream/source.h"

namespace octo::stream {

// A source that somebody else owns and that outlives this.
class BorrowedSource final : public Source {
 public:
  explicit BorrowedSource(Source& source) : source_(source) {}
  size_t Read(std::span<std::byte> buffer) override { return source_.Read(buffer); }

 private:
  Source& source_;
};

}  // namespace octo::stream
