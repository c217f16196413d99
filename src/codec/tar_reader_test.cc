#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/samples.h"

namespace octo::codec {
namespace {

using samples::PaxRecord;
using samples::Tar;
using samples::TarMember;
using samples::Unpack;
using samples::Unpacked;
using testing::ElementsAre;
using testing::HasSubstr;

void ExpectRefused(const std::string& tar, ErrorKind kind, const std::string& text) {
  const Unpacked unpacked = Unpack(tar);
  ASSERT_TRUE(unpacked.error) << "accepted, though it should say: " << text;
  EXPECT_EQ(unpacked.error->kind, kind) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.error->message, HasSubstr(text));
}

const std::vector<TarMember> kTwo = {{.name = "a.csv", .content = "1,2\n"},
                                     {.name = "d/b.csv", .content = samples::Csv(1500)}};

TEST(TarReader, GivesTheFilesInOrder) {
  const Unpacked unpacked = Unpack(Tar(kTwo));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_TRUE(unpacked.container);
  EXPECT_THAT(unpacked.Names(), ElementsAre("a.csv", "d/b.csv"));
  EXPECT_EQ(unpacked.files[1].content, samples::Csv(1500));
  EXPECT_EQ(unpacked.files[1].bytes, 1500u);
  EXPECT_THAT(unpacked.report.layers, ElementsAre("tar"));
  EXPECT_THAT(unpacked.report.vouched_by, ElementsAre("tar end blocks"));
}

// Below 108 bytes a tar can't be told from other bytes.
TEST(TarReader, NeverEndsCleanlyWhenCutAnywhere) { samples::ExpectNoCutIsClean(Tar(kTwo), 108); }

// A tar has no checksums but those of its headers; its contents and the padding may change
// unnoticed.
TEST(TarReader, NoticesEveryChangeOfItsHeadersAndItsEnd) {
  const std::string tar =
      Tar({{.name = "a.csv", .content = "1,2\n"}, {.name = "b.csv", .content = "3,4\n"}});
  ASSERT_EQ(tar.size(), 6 * 512u);
  samples::ExpectNoFlipIsClean(tar, [](size_t position, size_t) {
    const size_t block = position / 512;
    return block == 1 || block == 3 ||
           // Flipped in its first header, it is no tar any more.
           block == 0;
  });
}

TEST(TarReader, InsideACompressionNoticesEveryChange) {
  samples::ExpectNoFlipIsClean(samples::Gzip(Tar(kTwo)), [](size_t position, size_t) {
    return position < 2 ||
           (position >= 4 && position < 10);  // the marks; time, extra flags, system
  });
}

TEST(TarReader, MayLackItsEndBlocksOnlyWhereTheEndIsVouchedFor) {
  for (const size_t end_blocks : {size_t{0}, size_t{1}}) {
    const std::string tar = Tar(kTwo, end_blocks);
    ExpectRefused(tar, ErrorKind::kIncomplete, "before its end blocks");
    EXPECT_FALSE(Unpack(tar, {}, true).error);
    EXPECT_FALSE(Unpack(samples::Gzip(tar)).error);
    EXPECT_FALSE(Unpack(samples::Zip({{.name = "in.tar", .content = tar}})).error);
    EXPECT_THAT(Unpack(samples::Gzip(tar)).report.vouched_by, ElementsAre("gzip crc32"));
  }
}

TEST(TarReader, TakesOnlyWholeZeroBlocksBehindTheEnd) {
  EXPECT_FALSE(Unpack(Tar(kTwo, 20)).error);
  ExpectRefused(Tar(kTwo) + "x", ErrorKind::kIncomplete, "inside a block");
  ExpectRefused(Tar(kTwo) + std::string(511, '\0') + "x", ErrorKind::kCorrupt,
                "don't belong to it");
  ExpectRefused(Tar(kTwo) + Tar(kTwo), ErrorKind::kCorrupt, "don't belong to it");
}

TEST(TarReader, ReadsPaxNames) {
  const std::string name = std::string(300, 'n') + "/prêts.csv";
  std::string tar = samples::TarBlocks(
      {.name = "pax_global_header", .content = PaxRecord("comment", "x"), .type = 'g'});
  tar += samples::TarBlocks({.name = "PaxHeaders/a",
                             .content = PaxRecord("mtime", "1.5") + PaxRecord("path", name),
                             .type = 'x'});
  tar += Tar({{.name = "short", .content = "1"}, {.name = "next", .content = "2"}});
  const Unpacked unpacked = Unpack(tar);
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre(name, "next"));
}

TEST(TarReader, ReadsPaxSizes) {
  // The header says nothing, the extended header all.
  TarMember member{.name = "a", .content = "12345"};
  std::string blocks = samples::TarBlocks(member);
  const std::string header = samples::TarBlocks({.name = "a"});
  std::string tar =
      samples::TarBlocks({.name = "x", .content = PaxRecord("size", "5"), .type = 'x'});
  tar += header + blocks.substr(512) + std::string(1024, '\0');
  EXPECT_EQ(Unpack(tar).files.at(0).content, "12345");
}

TEST(TarReader, ReadsGnuLongNamesAndPrefixes) {
  const std::string name = std::string(150, 'g') + ".csv";
  const std::string gnu = "ustar  ";
  std::string tar = samples::TarBlocks(
      {.name = "././@LongLink", .content = name + '\0', .type = 'L', .magic = gnu});
  tar += samples::TarBlocks({.name = "cut", .content = "1", .magic = gnu});
  tar += Tar({{.name = "b.csv", .content = "2", .prefix = "folder"}});
  const Unpacked unpacked = Unpack(tar);
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre(name, "folder/b.csv"));
}

TEST(TarReader, PassesOverDirectoriesAndLabels) {
  const Unpacked unpacked = Unpack(Tar({{.name = "label", .type = 'V'},
                                        {.name = "d/", .type = '5'},
                                        {.name = "old/", .type = '\0'},
                                        {.name = "d/a", .content = "1", .type = '\0'}}));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre("d/a"));
}

TEST(TarReader, RefusesWhatIsNoFile) {
  for (const char type : {'1', '2', '3', '4', '6', 'S', 'M', 'Z'}) {
    ExpectRefused(Tar({{.name = "ok", .content = "1"}, {.name = "odd", .type = type}}),
                  ErrorKind::kPermanent, "'odd'");
  }
  ExpectRefused(samples::TarBlocks(
                    {.name = "x", .content = PaxRecord("GNU.sparse.major", "1"), .type = 'x'}) +
                    Tar(kTwo),
                ErrorKind::kPermanent, "sparse");
}

TEST(TarReader, RefusesDamagedExtendedHeaders) {
  for (const std::string& data :
       {std::string("9 path=a"), std::string("x"), std::string("99999 path=a\n"),
        std::string("5 a=\n6"), std::string("0 a=b\n"), PaxRecord("size", "-1"),
        PaxRecord("size", "1x")}) {
    ExpectRefused(samples::TarBlocks({.name = "x", .content = data, .type = 'x'}) + Tar(kTwo),
                  ErrorKind::kCorrupt, "damaged");
  }
  ExpectRefused(samples::TarBlocks({.name = "x", .content = PaxRecord("path", "a"), .type = 'x'}) +
                    std::string(1024, '\0'),
                ErrorKind::kCorrupt, "without the file");
}

TEST(TarReader, BoundsExtendedHeaders) {
  ExpectRefused(
      samples::TarBlocks({.name = "x", .content = std::string(2'000'000, 'x'), .type = 'x'}),
      ErrorKind::kCorrupt, "extended header of 2000000 bytes");
}

TEST(TarReader, MakesNamesSafe) {
  const Unpacked unpacked = Unpack(Tar({{.name = "/etc/passwd", .content = "1"},
                                        {.name = "../../x", .content = "2"},
                                        {.name = "..", .content = "3"},
                                        {.name = "a\nb", .content = "4"},
                                        {.name = "caf\xe9", .content = "5"},
                                        {.name = "a\\b", .content = "6"}}));
  ASSERT_FALSE(unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre("etc/passwd", "x", "unnamed", "a_b", "café", "a\\b"));
}

TEST(TarReader, HoldsTwentyThousandFiles) {
  std::vector<TarMember> members;
  for (int i = 0; i < 20'000; ++i)
    members.push_back({.name = "d/" + std::to_string(i) + ".csv", .content = std::to_string(i)});
  const Unpacked unpacked = Unpack(samples::Gzip(Tar(members)));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  ASSERT_EQ(unpacked.files.size(), 20'000u);
  EXPECT_EQ(unpacked.files.back().content, "19999");
}

}  // namespace
}  // namespace octo::codec
