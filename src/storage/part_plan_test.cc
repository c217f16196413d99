#include "storage/part_plan.h"

#include <gtest/gtest.h>

#include "storage/part_buffer.h"

namespace octo::storage {
namespace {

constexpr size_t kMiB = size_t{1} << 20;
constexpr uint64_t kGiB = uint64_t{1} << 30;

TEST(PartPlan, SmallObjectsAreMadeOfSmallParts) {
  const PartPlan plan(8 * kMiB, 32 * kMiB, std::nullopt);
  EXPECT_EQ(plan.NextPart(0), 8 * kMiB);
  EXPECT_EQ(plan.NextPart(kGiB), 8 * kMiB);
  EXPECT_EQ(plan.NextPart(100 * kGiB), 32 * kMiB);
}

TEST(PartPlan, NearlyAllPartsOfAHugeObjectAreOfTheLargestSize) {
  EXPECT_GT(PartPlan(8 * kMiB, 32 * kMiB, std::nullopt).LargestObject(), 295 * kGiB);
  EXPECT_LE(PartPlan(8 * kMiB, 32 * kMiB, std::nullopt).LargestObject(),
            uint64_t{10'000} * 32 * kMiB);
}

TEST(PartPlan, AKnownSizeFitsWheneverItCan) {
  const uint64_t most = uint64_t{10'000} * 512 * kMiB;
  const PartPlan plan(8 * kMiB, 512 * kMiB, most);
  EXPECT_EQ(plan.NextPart(0), 512 * kMiB);
  EXPECT_EQ(plan.LargestObject(), most);
  for (const uint64_t expected : {kGiB, 79 * kGiB, 1'000 * kGiB, 4'999 * kGiB}) {
    EXPECT_GE(PartPlan(8 * kMiB, 512 * kMiB, expected).LargestObject(), expected);
  }
}

TEST(PartPlan, KeepsToWhatS3Allows) {
  const PartPlan tiny(1, 1, std::nullopt);
  EXPECT_EQ(tiny.NextPart(0), PartPlan::kSmallestPart);
  const PartPlan huge(8 * kMiB, SIZE_MAX, uint64_t{100} << 40);
  EXPECT_EQ(huge.NextPart(uint64_t{90} << 40), PartPlan::kLargestPart);
}

TEST(PartBuffer, KeepsBytesAcrossChunksAndReusesTheirMemory) {
  ChunkPool pool;
  PartBuffer buffer;
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string piece(3'001, static_cast<char>('a' + i % 26));
    buffer.Append(std::as_bytes(std::span(piece)), pool);
    all += piece;
  }
  std::string got;
  const auto pieces = buffer.Pieces();
  for (const auto& piece : pieces)
    got.append(reinterpret_cast<const char*>(piece.data()), piece.size());
  EXPECT_TRUE(got == all);
  EXPECT_EQ(buffer.bytes(), all.size());
  const auto* memory = pieces.back().data();
  buffer.Release(pool);
  EXPECT_EQ(buffer.bytes(), 0u);
  EXPECT_EQ(static_cast<const void*>(pool.Take().get()), memory);
}

}  // namespace
}  // namespace octo::storage
