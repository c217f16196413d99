#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "stream/source.h"

namespace octo::stream {

// Bytes that are already in memory, as a source. `most_at_once` limits each read (for tests of
// short reads).
class MemorySource final : public Source {
 public:
  explicit MemorySource(std::string bytes, size_t most_at_once = SIZE_MAX)
      : bytes_(std::move(bytes)), most_at_once_(most_at_once) {}

  size_t Read(std::span<std::byte> buffer) override {
    const size_t count = std::min({buffer.size(), bytes_.size() - position_, most_at_once_});
    std::memcpy(buffer.data(), bytes_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::string bytes_;
  size_t most_at_once_;
  size_t position_ = 0;
};

// All the bytes of a source, to its verified end. Throws what the source throws, or kCorrupt when
// there are more than `most_bytes`.
std::string ReadAll(Source& source, size_t most_bytes = SIZE_MAX);

}  // namespace octo::stream
