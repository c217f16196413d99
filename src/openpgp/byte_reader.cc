#include "openpgp/byte_reader.h"

#include <algorithm>
#include <cstring>

namespace octo::openpgp {

std::span<const std::byte> ByteReader::Buffered() {
  if (begin_ == end_) {
    begin_ = 0;
    end_ = 0;
    end_ = source_.Read(buffer_);
  }
  return {buffer_.data() + begin_, end_ - begin_};
}

std::optional<uint8_t> ByteReader::Get() {
  const auto bytes = Buffered();
  if (bytes.empty()) return std::nullopt;
  Consume(1);
  return std::to_integer<uint8_t>(bytes[0]);
}

size_t ByteReader::Read(std::span<std::byte> out) {
  if (begin_ == end_ && out.size() >= buffer_.size()) return source_.Read(out);
  const auto bytes = Buffered();
  const size_t count = std::min(bytes.size(), out.size());
  if (count > 0) std::memcpy(out.data(), bytes.data(), count);
  Consume(count);
  return count;
}

}  // namespace octo::openpgp
