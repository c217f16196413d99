#include "storage/part_plan.h"

#include <algorithm>

namespace octo::storage {
namespace {

constexpr uint64_t kStep = uint64_t{1} << 20;
// A part is about this fraction of what came before it: fast enough that nearly all of the 10,000
// parts are of the largest size, slow enough that objects of a gigabyte are made of the smallest.
constexpr uint64_t kGrowth = 256;

size_t RoundUp(uint64_t bytes) { return static_cast<size_t>((bytes + kStep - 1) / kStep * kStep); }

}  // namespace

PartPlan::PartPlan(size_t first_part_bytes, size_t largest_part_bytes,
                   std::optional<uint64_t> expected_bytes)
    : first_(0), largest_(std::clamp(largest_part_bytes, kSmallestPart, kLargestPart)) {
  const size_t needed = RoundUp(expected_bytes.value_or(0) / (kMostParts - 1));
  first_ = std::clamp(std::max(first_part_bytes, needed), kSmallestPart, largest_);
}

size_t PartPlan::NextPart(uint64_t bytes_before) const {
  return std::clamp(RoundUp(bytes_before / kGrowth), first_, largest_);
}

uint64_t PartPlan::LargestObject() const {
  uint64_t bytes = 0;
  for (int part = 0; part < kMostParts; ++part) bytes += NextPart(bytes);
  return bytes;
}

}  // namespace octo::storage
