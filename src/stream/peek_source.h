#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "stream/source.h"

namespace octo::stream {

// Lets one look at the first bytes of a source without taking them.
class PeekSource final : public Source {
 public:
  explicit PeekSource(std::unique_ptr<Source> wrapped) : wrapped_(std::move(wrapped)) {}

  // The next bytes, at least `bytes` of them unless the source ends before. Valid until the next
  // call of anything.
  std::span<const std::byte> Peek(size_t bytes);
  size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> wrapped_;
  std::vector<std::byte> held_;
  size_t taken_ = 0;  // of held_
};

}  // namespace octo::stream
