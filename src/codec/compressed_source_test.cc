#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/samples.h"

namespace octo::codec {
namespace {

using samples::Unpack;
using testing::ElementsAre;
using testing::HasSubstr;

std::string Content(const samples::Unpacked& unpacked) {
  EXPECT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_EQ(unpacked.files.size(), 1u);
  return unpacked.files.empty() ? "" : unpacked.files[0].content;
}

struct Codec {
  std::string name;
  std::string (*encode)(std::string_view);
  std::string voucher;
  // The marks that tell the format: flipped, the file is another one and can't be told from plain
  // data.
  size_t marks;
  // Shorter cuts are text.
  size_t shortest_cut;
};
void PrintTo(const Codec& codec, std::ostream* out) { *out << codec.name; }

class EveryCodec : public testing::TestWithParam<Codec> {
 protected:
  std::string Encode(std::string_view plain) const { return GetParam().encode(plain); }
};

INSTANTIATE_TEST_SUITE_P(
    Codec, EveryCodec,
    testing::Values(
        Codec{"gzip",
              [](std::string_view plain) { return samples::Gzip(plain, {.name = "a.csv"}); },
              "gzip crc32", 2, 1},
        Codec{"zlib", [](std::string_view plain) { return samples::Zlib(plain); }, "zlib adler32",
              2, 2},
        Codec{"zstd", [](std::string_view plain) { return samples::Zstd(plain); }, "zstd checksum",
              4, 2},
        Codec{"bzip2", [](std::string_view plain) { return samples::Bzip2(plain); }, "bzip2 crc32",
              10, 4},
        Codec{"xz", [](std::string_view plain) { return samples::Xz(plain); }, "xz check", 6, 1}),
    [](const auto& instance) { return instance.param.name; });

TEST_P(EveryCodec, IsFoundByItsContentAndVouchesByItsChecksum) {
  const std::string plain = samples::Csv(300'000);
  const auto unpacked = Unpack(Encode(plain));
  EXPECT_EQ(Content(unpacked), plain);
  EXPECT_FALSE(unpacked.container);
  EXPECT_THAT(unpacked.report.layers, ElementsAre(GetParam().name));
  EXPECT_THAT(unpacked.report.vouched_by, ElementsAre(GetParam().voucher));
  EXPECT_EQ(unpacked.report.packed_bytes, Encode(plain).size());
  EXPECT_EQ(unpacked.report.unpacked_bytes, plain.size());
}

TEST_P(EveryCodec, NeverEndsCleanlyWhenCutAnywhere) {
  samples::ExpectNoCutIsClean(Encode(samples::Csv(700)), GetParam().shortest_cut);
  samples::ExpectNoCutIsClean(Encode(""), GetParam().shortest_cut);
}

TEST_P(EveryCodec, NeverEndsCleanlyWithOtherContentWhenDamaged) {
  const std::string bytes = Encode(samples::Csv(300));
  const auto sound = Unpack(bytes).files;
  for (size_t position = GetParam().marks; position < bytes.size(); ++position) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[position] = static_cast<char>(flipped[position] ^ (1 << bit));
      const auto unpacked = Unpack(flipped);
      // A gzip's name, time and the like have no checksum; nor do some bits that say nothing.
      if (!unpacked.error) {
        ASSERT_EQ(unpacked.files[0].content, sound[0].content) << "byte " << position;
      }
    }
  }
}

TEST_P(EveryCodec, RefusesWhateverTrails) {
  for (const std::string& tail :
       {std::string("x"), std::string("\0", 1), std::string("PK"), samples::Csv(100'000)}) {
    const auto unpacked = Unpack(Encode("a,b\n1,2\n") + tail);
    ASSERT_TRUE(unpacked.error) << GetParam().name << " + " << tail.substr(0, 10);
    if (GetParam().name != "xz" || tail[0] != '\0') {
      EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
    }
  }
}

TEST_P(EveryCodec, IsUnwrappedTwice) {
  const auto unpacked = Unpack(Encode(Encode(samples::Csv(5000))));
  EXPECT_EQ(Content(unpacked), samples::Csv(5000));
}

TEST_P(EveryCodec, ReadsManyStreamsInARow) {
  if (GetParam().name == "zlib") {  // knows one stream only
    EXPECT_EQ(Unpack(Encode("a") + Encode("b")).error->kind, ErrorKind::kCorrupt);
    return;
  }
  std::string packed;
  std::string plain;
  for (size_t i = 0; i < 50; ++i) {
    packed += Encode(samples::Csv(i * 100));
    plain += samples::Csv(i * 100);
  }
  for (const size_t most : {size_t{1}, size_t{7}, SIZE_MAX})
    EXPECT_EQ(Content(Unpack(packed, {}, false, most)), plain);
}

TEST_P(EveryCodec, TellsWhereItEndsWhenCut) {
  const std::string packed = Encode(samples::Csv(2000));
  const auto unpacked = Unpack(packed.substr(0, 100));
  ASSERT_TRUE(unpacked.error);
  EXPECT_THAT(unpacked.error->message, HasSubstr("'sample' cannot be unpacked: the " +
                                                 GetParam().name + " stream ends after 100 bytes"));
}

TEST(GzipSource, NamesTheMissingChecksum) {
  const std::string packed = samples::Gzip(samples::Csv(2000));
  const auto unpacked = Unpack(packed.substr(0, packed.size() - 3));
  ASSERT_TRUE(unpacked.error);
  EXPECT_THAT(unpacked.error->message, HasSubstr("before its checksum"));
}

TEST(GzipSource, ReadsEveryHeaderField) {
  const auto unpacked = Unpack(samples::Gzip(
      "x", {.name = "loans.csv", .comment = "May", .extra = "AB\1\0z", .header_crc = true}));
  EXPECT_EQ(Content(unpacked), "x");
  EXPECT_EQ(unpacked.files[0].name, "loans.csv");
}

TEST(GzipSource, RefusesAHeaderWhoseChecksumIsWrong) {
  std::string packed = samples::Gzip("x", {.name = "loans.csv", .header_crc = true});
  packed[12] = 'X';
  const auto unpacked = Unpack(packed);
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
}

TEST(GzipSource, MakesTheStoredNameSafe) {
  EXPECT_EQ(Unpack(samples::Gzip("x", {.name = "../../etc/pass\nwd"})).files[0].name, "pass_wd");
  EXPECT_EQ(Unpack(samples::Gzip("x", {.name = "C:\\data\\may.csv"})).files[0].name, "may.csv");
  EXPECT_EQ(Unpack(samples::Gzip("x", {.name = "caf\xe9.csv"})).files[0].name, "café.csv");
  EXPECT_EQ(Unpack(samples::Gzip("x", {.name = "café.csv"})).files[0].name, "café.csv");
  EXPECT_EQ(Unpack(samples::Gzip("x", {.name = ".."})).files[0].name, "");
}

TEST(GzipSource, RefusesANameWithoutEnd) {
  std::string packed("\x1f\x8b\x08\x08\0\0\0\0\0\x03", 10);
  packed.append(size_t{1} << 20, 'a');
  const auto unpacked = Unpack(packed);
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
}

TEST(GzipSource, ReadsMoreThanFourGigabytes) {
  constexpr uint64_t kMebibytes = 4096 + 5;
  EXPECT_EQ(samples::CountUnpacked(samples::GzipOfZeros(kMebibytes)), kMebibytes << 20);
}

TEST(ZstdSource, PassesOverSkippableFrames) {
  const std::string frames = samples::ZstdSkippable("note") + samples::Zstd("a,") +
                             samples::ZstdSkippable("") + samples::Zstd("b\n") +
                             samples::ZstdSkippable(std::string(300'000, 'x'));
  EXPECT_EQ(Content(Unpack(frames)), "a,b\n");
  EXPECT_EQ(Content(Unpack(frames, {}, false, 1)), "a,b\n");
}

TEST(ZstdSource, VouchesByTheFrameEndAloneWithoutChecksum) {
  const auto unpacked = Unpack(samples::Zstd("a,") + samples::Zstd("b\n", {.checksum = false}));
  EXPECT_THAT(unpacked.report.vouched_by, ElementsAre("zstd frame end"));
}

TEST(ZstdSource, RefusesAWindowAboveTheLimit) {
  const std::string packed = samples::Zstd(samples::Csv(100'000), {.window_log = 27});
  EXPECT_EQ(Content(Unpack(packed, {.most_codec_bytes = size_t{128} << 20})),
            samples::Csv(100'000));
  const auto unpacked = Unpack(packed);
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(unpacked.error->message, HasSubstr("most_codec_bytes"));
}

TEST(XzSource, TakesPaddingInFoursOnly) {
  const std::string one = samples::Xz("a,");
  const std::string two = samples::Xz("b\n");
  EXPECT_EQ(Content(Unpack(one + std::string(8, '\0') + two + std::string(4, '\0'))), "a,b\n");
  const auto unpacked = Unpack(one + std::string(6, '\0') + two);
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Unpack(one + std::string(6, '\0')).error->kind, ErrorKind::kIncomplete);
}

TEST(XzSource, VouchesByTheIndexAloneWithoutCheck) {
  EXPECT_THAT(Unpack(samples::Xz("a", false)).report.vouched_by, ElementsAre("xz index"));
}

TEST(XzSource, RefusesADictionaryAboveTheLimit) {
  const std::string packed = samples::Xz(samples::Csv(100'000), true, 64 << 20);
  EXPECT_EQ(Content(Unpack(packed)), samples::Csv(100'000));
  const auto unpacked = Unpack(packed, {.most_codec_bytes = size_t{16} << 20});
  ASSERT_TRUE(unpacked.error);
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(unpacked.error->message, HasSubstr("most_codec_bytes"));
}

}  // namespace
}  // namespace octo::codec
