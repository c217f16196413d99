#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace octo::net {

// Reads the pieces of a request's body one behind the other. Does not own their bytes.
class BodyReader {
 public:
  explicit BodyReader(std::vector<std::span<const std::byte>> pieces)
      : pieces_(std::move(pieces)) {}

  uint64_t TotalBytes() const;
  // Copies what fits; 0 at the end.
  size_t Read(std::span<std::byte> buffer);
  // The next Read begins at this byte of the whole.
  void Seek(uint64_t position);

 private:
  const std::vector<std::span<const std::byte>> pieces_;
  size_t piece_ = 0;
  size_t offset_ = 0;  // within the piece
};

}  // namespace octo::net
