#include "stream/peek_source.h"

#include <algorithm>
#include <cstring>

namespace octo::stream {

std::span<const std::byte> PeekSource::Peek(size_t bytes) {
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  while (held_.size() < bytes) {
    const size_t before = held_.size();
    held_.resize(bytes);
    size_t got = 0;
    try {
      got = wrapped_->Read(std::span(held_).subspan(before));
    } catch (...) {
      held_.resize(before);
      throw;
    }
    held_.resize(before + got);
    if (got == 0) break;
  }
  return held_;
}

size_t PeekSource::Read(std::span<std::byte> buffer) {
  if (taken_ == held_.size()) return wrapped_->Read(buffer);
  const size_t bytes = std::min(buffer.size(), held_.size() - taken_);
  std::memcpy(buffer.data(), held_.data() + taken_, bytes);
  taken_ += bytes;
  if (taken_ == held_.size()) {
    held_ = {};
    taken_ = 0;
  }
  return bytes;
}

}  // namespace octo::stream
