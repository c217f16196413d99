#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace octo::codec {

// The little-endian number at `offset`, which must lie within `bytes`.
template <typename Number>
Number LittleEndian(std::span<const std::byte> bytes, size_t offset) {
  static_assert(std::endian::native == std::endian::little);
  Number number;
  std::memcpy(&number, bytes.subspan(offset, sizeof number).data(), sizeof number);
  return number;
}

}  // namespace octo::codec
