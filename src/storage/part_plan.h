#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

namespace octo::storage {

// The sizes of the parts of a multipart upload. S3 takes 10,000 parts of 5 MiB to 5 GiB (the last
// may be smaller), and the size of what we upload is mostly unknown: so parts begin small and grow
// with the object, up to a largest part that the memory budget bounds. A value.
class PartPlan {
 public:
  static constexpr int kMostParts = 10'000;
  static constexpr size_t kSmallestPart = size_t{5} << 20;
  static constexpr size_t kLargestPart = size_t{5} << 30;

  // With `expected_bytes` parts begin as large as needed to hold that many.
  PartPlan(size_t first_part_bytes, size_t largest_part_bytes,
           std::optional<uint64_t> expected_bytes);

  // The size of the part that comes after `bytes_before` bytes.
  size_t NextPart(uint64_t bytes_before) const;
  // The most that fits into kMostParts parts.
  uint64_t LargestObject() const;

 private:
  size_t first_;
  size_t largest_;
};

}  // namespace octo::storage
