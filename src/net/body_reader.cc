#include "net/body_reader.h"

#include <algorithm>
#include <cstring>

namespace octo::net {

uint64_t BodyReader::TotalBytes() const {
  uint64_t total = 0;
  for (const auto& piece : pieces_) total += piece.size();
  return total;
}

size_t BodyReader::Read(std::span<std::byte> buffer) {
  size_t copied = 0;
  while (copied < buffer.size() && piece_ < pieces_.size()) {
    const auto rest = pieces_[piece_].subspan(offset_);
    const size_t count = std::min(rest.size(), buffer.size() - copied);
    if (count > 0) std::memcpy(buffer.data() + copied, rest.data(), count);
    copied += count;
    offset_ += count;
    if (offset_ == pieces_[piece_].size()) {
      ++piece_;
      offset_ = 0;
    }
  }
  return copied;
}

void BodyReader::Seek(uint64_t position) {
  piece_ = 0;
  while (piece_ < pieces_.size() && position >= pieces_[piece_].size()) {
    position -= pieces_[piece_++].size();
  }
  offset_ = static_cast<size_t>(position);
}

}  // namespace octo::net
