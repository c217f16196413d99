#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace octo::openpgp {

// Takes the fields of a packet's body one after the other. Throws kCorrupt when there are too few
// bytes.
class FieldReader {
 public:
  explicit FieldReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  bool empty() const { return bytes_.empty(); }
  std::span<const std::byte> rest() const { return bytes_; }
  std::span<const std::byte> Take(size_t count);
  uint8_t U8() { return static_cast<uint8_t>(Number(1)); }
  uint16_t U16() { return static_cast<uint16_t>(Number(2)); }
  uint32_t U32() { return static_cast<uint32_t>(Number(4)); }
  // A multiprecision integer, RFC 4880 section 3.2: big-endian, without leading zeros.
  std::span<const std::byte> Mpi();

 private:
  uint64_t Number(size_t bytes);
  std::span<const std::byte> bytes_;
};

}  // namespace octo::openpgp
