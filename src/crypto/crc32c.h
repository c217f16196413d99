#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "crypto/digest.h"

namespace octo::crypto {

// CRC-32C (Castagnoli; RFC 3720 appendix B.4), by the processor's own instruction where it has one.
class Crc32c {
 public:
  void Update(std::span<const std::byte> data);
  uint32_t Value() const { return ~state_; }
  // The four bytes of the value, most significant first.
  Bytes BigEndian() const;

 private:
  uint32_t state_ = ~uint32_t{0};
};

}  // namespace octo::crypto
