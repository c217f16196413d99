#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/samples.h"

namespace octo::codec {
namespace {

using samples::Unpack;
using samples::Unpacked;
using samples::Zip;
using samples::ZipMember;
using testing::ElementsAre;
using testing::HasSubstr;
using Descriptor = ZipMember::Descriptor;

void ExpectRefused(const std::string& zip, ErrorKind kind, const std::string& text) {
  const Unpacked unpacked = Unpack(zip);
  ASSERT_TRUE(unpacked.error) << "accepted, though it should say: " << text;
  EXPECT_EQ(unpacked.error->kind, kind) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.error->message, HasSubstr(text));
}

// One member of each method, both ways to state lengths.
std::vector<ZipMember> Mixed() {
  return {{.name = "a.csv", .content = samples::Csv(200)},
          {.name = "stored.csv", .content = "1,2\n", .method = 0},
          {.name = "d/", .method = 0},
          {.name = "d/b.csv", .content = samples::Csv(90), .descriptor = Descriptor::kSigned},
          {.name = "empty", .content = ""}};
}

TEST(ZipReader, GivesTheFilesInOrder) {
  const Unpacked unpacked = Unpack(Zip(Mixed(), {.comment = "monthly"}));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_TRUE(unpacked.container);
  EXPECT_THAT(unpacked.Names(), ElementsAre("a.csv", "stored.csv", "d/b.csv", "empty"));
  EXPECT_EQ(unpacked.files[0].content, samples::Csv(200));
  EXPECT_EQ(unpacked.files[0].bytes, 200u);
  EXPECT_EQ(unpacked.files[2].bytes, std::nullopt);
  EXPECT_THAT(unpacked.report.vouched_by, ElementsAre("zip crc32", "zip central directory"));
}

TEST(ZipReader, ReadsEveryMethodAndDescriptor) {
  for (const uint16_t method : std::initializer_list<uint16_t>{0, 8, 12, 93, 95}) {
    for (const auto descriptor : {Descriptor::kNone, Descriptor::kSigned, Descriptor::kUnsigned,
                                  Descriptor::kWideSigned, Descriptor::kWideUnsigned}) {
      for (const bool zip64 : {false, true}) {
        if (method == 0 && descriptor != Descriptor::kNone) continue;
        const std::string zip = Zip({{.name = "a",
                                      .content = samples::Csv(70'000),
                                      .method = method,
                                      .descriptor = descriptor,
                                      .zip64 = zip64},
                                     {.name = "b",
                                      .content = "",
                                      .method = method,
                                      .descriptor = descriptor,
                                      .zip64 = zip64},
                                     {.name = "c",
                                      .content = "3",
                                      .method = method,
                                      .descriptor = descriptor,
                                      .zip64 = zip64}},
                                    {.zip64 = zip64});
        for (const size_t most : {size_t{1}, size_t{1000}, SIZE_MAX}) {
          const Unpacked unpacked = Unpack(zip, {}, false, most);
          ASSERT_FALSE(unpacked.error) << method << ": " << Describe(*unpacked.error);
          ASSERT_EQ(unpacked.files.size(), 3u);
          EXPECT_EQ(unpacked.files[0].content, samples::Csv(70'000));
          EXPECT_EQ(unpacked.files[2].content, "3");
        }
      }
    }
  }
}

TEST(ZipReader, NeverEndsCleanlyWhenCutAnywhere) {
  samples::ExpectNoCutIsClean(Zip(Mixed(), {.comment = "monthly"}), 3);
  samples::ExpectNoCutIsClean(Zip(Mixed(), {.zip64 = true}), 3);
  samples::ExpectNoCutIsClean(Zip({}), 3);
}

TEST(ZipReader, NeverEndsCleanlyWithOtherContentWhenDamaged) {
  for (const bool zip64 : {false, true}) {
    // Flipped in its marks, the file is no zip any more; versions, times and comments say nothing
    // about the content.
    samples::ExpectNoFlipIsClean(Zip(Mixed(), {.zip64 = zip64}),
                                 [](size_t position, size_t) { return position < 4; });
  }
}

TEST(ZipReader, RefusesWhateverTrailsOrLiesBetween) {
  ExpectRefused(Zip(Mixed()) + "x", ErrorKind::kCorrupt, "don't belong to it");
  ExpectRefused(Zip(Mixed()) + Zip(Mixed()), ErrorKind::kCorrupt, "don't belong to it");
  const std::string one = Zip({{.name = "a", .content = "1"}});
  const size_t directory = one.find("PK\x01\x02");
  ExpectRefused(std::string(one).insert(directory, "junk"), ErrorKind::kCorrupt, "");
}

TEST(ZipReader, RefusesADirectoryThatContradictsTheFiles) {
  const std::string zip =
      Zip({{.name = "a.csv", .content = "1,2\n"}, {.name = "b.csv", .content = "3,4\n"}});
  const size_t directory = zip.find("PK\x01\x02");
  const auto with = [&](size_t at, char value) {
    std::string changed = zip;
    changed[directory + at] = value;
    return changed;
  };
  ExpectRefused(with(16, 'x'), ErrorKind::kCorrupt, "contradicts itself");     // checksum
  ExpectRefused(with(20, 'x'), ErrorKind::kCorrupt, "contradicts itself");     // packed length
  ExpectRefused(with(24, 'x'), ErrorKind::kCorrupt, "contradicts itself");     // length
  ExpectRefused(with(10, 0), ErrorKind::kCorrupt, "contradicts itself");       // method
  ExpectRefused(with(46, 'z'), ErrorKind::kCorrupt, "contradicts itself");     // name
  ExpectRefused(with(42, 'x'), ErrorKind::kCorrupt, "that it does not hold");  // offset
}

TEST(ZipReader, RefusesFilesThatAreNotListed) {
  const std::string two = Zip({{.name = "a", .content = "1"}, {.name = "b", .content = "2"}});
  const size_t first = two.find("PK\x01\x02");
  const size_t second = two.find("PK\x01\x02", first + 1);
  ExpectRefused(std::string(two).erase(first, second - first), ErrorKind::kCorrupt,
                "holds 2 entries, but lists 1");
  const std::string header = two.substr(first, second - first);
  ExpectRefused(std::string(two).insert(first, header), ErrorKind::kCorrupt,
                "that it does not hold");
}

TEST(ZipReader, TakesTheDirectoryInAnyOrder) {
  EXPECT_FALSE(Unpack(Zip(Mixed(), {.reverse_directory = true})).error);
}

TEST(ZipReader, RefusesEncryptionClearly) {
  ExpectRefused(Zip({{.name = "a.csv", .content = "1", .flags = 1}}), ErrorKind::kPermanent,
                "is encrypted with a zip password (entry 'a.csv')");
  ExpectRefused(Zip({{.name = "a.csv", .content = "1", .method = 99}}), ErrorKind::kPermanent,
                "is encrypted");
  const auto unpacked = Unpack(Zip({{.name = "a.csv", .content = "1", .flags = 1}}));
  EXPECT_THAT(unpacked.error->hint, HasSubstr("OpenPGP"));
}

TEST(ZipReader, RefusesWhatItCannotUnpack) {
  ExpectRefused(Zip({{.name = "a", .content = "1", .method = 9}}), ErrorKind::kPermanent,
                "method 9");
  ExpectRefused(Zip({{.name = "a", .content = "1", .flags = 1 << 5}}), ErrorKind::kPermanent,
                "patch");
  ExpectRefused("PK\x07\x08" + Zip(Mixed()), ErrorKind::kPermanent, "one volume of several");
}

TEST(ZipReader, RefusesStoredFilesOfUnknownLength) {
  ExpectRefused(
      Zip({{.name = "a", .content = "PK\x03\x04", .method = 0, .descriptor = Descriptor::kSigned}}),
      ErrorKind::kPermanent, "stored without its length");
  EXPECT_FALSE(Unpack(Zip({{.name = "d/", .method = 0, .descriptor = Descriptor::kSigned},
                           {.name = "empty", .method = 0, .descriptor = Descriptor::kSigned}}))
                   .error);
}

TEST(ZipReader, RefusesLinksAndDevices) {
  for (const uint32_t type : {0120000U, 0020000U, 0060000U, 0010000U}) {
    ExpectRefused(Zip({{.name = "link",
                        .content = "/etc/passwd",
                        .method = 0,
                        .made_by = 3 << 8 | 20,
                        .attributes = type << 16}}),
                  ErrorKind::kPermanent, "link or device ('link')");
  }
  EXPECT_FALSE(Unpack(Zip({{.name = "file",
                            .content = "1",
                            .made_by = 3 << 8 | 20,
                            .attributes = 0100644U << 16}}))
                   .error);
}

TEST(ZipReader, BelievesNoLengths) {
  const std::string bomb = samples::Deflate(std::string(1'000'000, 'x'));
  ExpectRefused(Zip({{.name = "a", .content = "xx", .packed = bomb}}), ErrorKind::kCorrupt,
                "longer than the 2 bytes it states");
  ExpectRefused(Zip({{.name = "a", .content = "xx", .packed = samples::Deflate("x")}}),
                ErrorKind::kCorrupt, "as it states");
  ExpectRefused(Zip({{.name = "a", .content = "xx", .packed = samples::Deflate("xx") + "!"}}),
                ErrorKind::kCorrupt, "as it states");
  ExpectRefused(Zip({{.name = "a", .content = "xx", .packed = samples::Deflate("xy")}}),
                ErrorKind::kCorrupt, "checksum");
  ExpectRefused(Zip({{.name = "a",
                      .content = "xx",
                      .descriptor = Descriptor::kSigned,
                      .packed = samples::Deflate("xy")}}),
                ErrorKind::kCorrupt, "checksum");
  ExpectRefused(
      Zip({{.name = "a", .content = "xx", .packed = samples::Deflate("xx").substr(0, 2)}}),
      ErrorKind::kCorrupt, "");
}

TEST(ZipReader, MakesNamesSafe) {
  const Unpacked unpacked = Unpack(Zip({{.name = "..\\..\\a\\b.csv", .content = "1"},
                                        {.name = "C:\\x.csv", .content = "2"},
                                        {.name = "/abs", .content = "3"},
                                        {.name = "caf\x82", .content = "4"},
                                        {.name = "café", .content = "5", .flags = 1 << 11},
                                        {.name = "dir\\", .method = 0}}));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre("a/b.csv", "x.csv", "abs", "café", "café.2"));
}

TEST(ZipReader, ReadsFilesOfMoreThanFourGigabytes) {
  constexpr uint64_t kMebibytes = 4096 + 5;
  for (const auto descriptor : {Descriptor::kNone, Descriptor::kWideSigned}) {
    const std::string zip = Zip({{.name = "zeros",
                                  .descriptor = descriptor,
                                  .zip64 = true,
                                  .packed = samples::DeflateOfZeros(kMebibytes),
                                  .stated_bytes = kMebibytes << 20,
                                  .stated_crc = samples::CrcOfZeros(kMebibytes)},
                                 {.name = "next", .content = "1"}},
                                {.zip64 = true});
    EXPECT_EQ(samples::CountUnpacked(zip), (kMebibytes << 20) + 1);
  }
}

TEST(ZipReader, HoldsTwentyThousandFiles) {
  std::vector<ZipMember> members;
  for (int i = 0; i < 20'000; ++i)
    members.push_back({.name = std::to_string(i), .content = std::to_string(i), .method = 0});
  const Unpacked unpacked = Unpack(Zip(members));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_EQ(unpacked.files.size(), 20'000u);
}

}  // namespace
}  // namespace octo::codec
