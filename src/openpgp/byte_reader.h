#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "stream/source.h"

namespace octo::openpgp {

// Buffered reading of single bytes and blocks from a source, which must outlive it.
class ByteReader {
 public:
  explicit ByteReader(stream::Source& source, size_t buffer_bytes = 64 << 10)
      : source_(source), buffer_(buffer_bytes) {}

  // True at the source's verified end.
  bool AtEnd() { return Buffered().empty(); }
  // At least one byte, unless at the end; valid until the next call.
  std::span<const std::byte> Buffered();
  void Consume(size_t bytes) { begin_ += bytes; }
  // The next byte; nullopt at the end.
  std::optional<uint8_t> Get();
  // As Source::Read.
  size_t Read(std::span<std::byte> out);

 private:
  stream::Source& source_;
  std::vector<std::byte> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace octo::openpgp
