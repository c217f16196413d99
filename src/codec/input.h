#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "stream/context.h"
#include "stream/source.h"

namespace octo::codec {

// The packed side of a layer: a source with a buffer in front, so that parsers look ahead and
// decoders work on large pieces. Owns the source. Throws what the source throws, and Cancelled.
class Input {
 public:
  // Bytes a decoder may give back after the buffer moved on.
  static constexpr size_t kMostGivenBack = 16;
  static constexpr size_t kCapacity = size_t{128} << 10;

  Input(std::unique_ptr<stream::Source> source, const stream::Context& context);

  // What is buffered now, without reading; may be empty. Valid until the next call of anything but
  // Buffered.
  std::span<const std::byte> Buffered() const {
    return std::span(buffer_).subspan(begin_, end_ - begin_);
  }
  // Adds to what is buffered; false at the verified end of the source.
  bool Fill();
  // At least `bytes` (up to kCapacity) unless the source ends before.
  std::span<const std::byte> Peek(size_t bytes);
  // Moves on by `bytes` of the buffered ones; negative (as far as -kMostGivenBack): moves back.
  void Advance(std::ptrdiff_t bytes);
  // Takes up to buffer.size() bytes, straight from the source when nothing is buffered; 0 at the
  // verified end.
  size_t Read(std::span<std::byte> buffer);
  // Nothing is left, and the source has verified its end.
  bool AtEnd() { return Peek(1).empty(); }

  // Bytes taken so far.
  uint64_t position() const { return position_; }

 private:
  std::unique_ptr<stream::Source> source_;
  const stream::Context context_;
  std::vector<std::byte> buffer_;
  size_t begin_ = kMostGivenBack;
  size_t end_ = kMostGivenBack;
  uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace octo::codec
