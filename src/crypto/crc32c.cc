#include "crypto/crc32c.h"

#include <isa-l/crc.h>

#include <algorithm>

namespace octo::crypto {

void Crc32c::Update(std::span<const std::byte> data) {
  constexpr size_t kMostAtOnce = size_t{1} << 30;  // the length is an int there
  while (!data.empty()) {
    const auto some = data.first(std::min(data.size(), kMostAtOnce));
    // The function reads only; its parameter merely lacks const.
    auto* begin = reinterpret_cast<unsigned char*>(const_cast<std::byte*>(some.data()));
    state_ = crc32_iscsi(begin, static_cast<int>(some.size()), state_);
    data = data.subspan(some.size());
  }
}

Bytes Crc32c::BigEndian() const {
  Bytes bytes;
  for (int shift = 24; shift >= 0; shift -= 8)
    bytes.push_back(static_cast<std::byte>(Value() >> shift));
  return bytes;
}

}  // namespace octo::crypto
