#include "codec/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "codec/samples.h"
#include "stream/faulty_source.h"
#include "stream/memory_source.h"

namespace octo::codec {
namespace {

using samples::Tar;
using samples::Unpack;
using samples::Unpacked;
using samples::Zip;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::unique_ptr<Archive> Open(std::string bytes, ArchiveReport& report) {
  return OpenArchive(std::make_unique<stream::MemorySource>(std::move(bytes)), "sample", {}, false,
                     report, {});
}

void ExpectLimit(const Unpacked& unpacked, const std::string& limit) {
  ASSERT_TRUE(unpacked.error) << "no error, though there is the limit " << limit;
  EXPECT_EQ(unpacked.error->kind, ErrorKind::kCorrupt);
  EXPECT_THAT(unpacked.error->message, HasSubstr("(limit " + limit + ")"));
  EXPECT_THAT(unpacked.error->hint, HasSubstr(limit));
}

TEST(OpenArchive, GivesAPlainFileAsOneEntryWithoutName) {
  const Unpacked unpacked = Unpack("a,b\n1,2\n");
  ASSERT_FALSE(unpacked.error);
  EXPECT_EQ(unpacked.files, (std::vector<Unpacked::File>{{"", "a,b\n1,2\n", std::nullopt}}));
  EXPECT_FALSE(unpacked.container);
  EXPECT_THAT(unpacked.report.layers, IsEmpty());
  EXPECT_THAT(unpacked.report.vouched_by, IsEmpty());
  EXPECT_EQ(unpacked.report.unpacked_bytes, 8u);
}

TEST(OpenArchive, GivesAnEmptyFileAsOneEmptyEntry) {
  EXPECT_EQ(Unpack("").files, (std::vector<Unpacked::File>{{"", "", std::nullopt}}));
  EXPECT_EQ(Unpack(samples::Gzip("")).files, (std::vector<Unpacked::File>{{"", "", std::nullopt}}));
}

TEST(OpenArchive, GivesNothingForAnEmptyZip) {
  const Unpacked unpacked = Unpack(Zip({}));
  EXPECT_FALSE(unpacked.error);
  EXPECT_TRUE(unpacked.container);
  EXPECT_THAT(unpacked.files, IsEmpty());
}

TEST(OpenArchive, TakesOffCompressionsAroundTheWholeDelivery) {
  const std::string tar = Tar({{.name = "a.csv", .content = "1"}});
  for (const std::string& packed : {samples::Gzip(tar), samples::Zstd(tar), samples::Xz(tar),
                                    samples::Bzip2(tar), samples::Gzip(samples::Zstd(tar))}) {
    const Unpacked unpacked = Unpack(packed);
    ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
    EXPECT_TRUE(unpacked.container);
    EXPECT_THAT(unpacked.Names(), ElementsAre("a.csv"));
    EXPECT_EQ(unpacked.report.layers.back(), "tar");
  }
}

TEST(OpenArchive, TakesTheInnermostStoredName) {
  const std::string inner = samples::Gzip("x", {.name = "may.csv"});
  EXPECT_THAT(Unpack(samples::Gzip(inner, {.name = "outer.gz"})).Names(), ElementsAre("may.csv"));
  EXPECT_THAT(Unpack(samples::Gzip(samples::Zstd("x"), {.name = "may.csv.zst"})).Names(),
              ElementsAre("may.csv"));
}

TEST(OpenArchive, UnwrapsCompressedEntriesAndTakesOffTheirExtensions) {
  const Unpacked unpacked =
      Unpack(Tar({{.name = "d/a.csv.gz", .content = samples::Gzip("1", {.name = "other.csv"})},
                  {.name = "b.csv.xz", .content = samples::Xz("2")},
                  {.name = "c", .content = samples::Zstd("3")}}));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre("d/a.csv", "b.csv", "c"));
  EXPECT_EQ(unpacked.files[0].bytes, std::nullopt) << "the length in the tar is the packed one";
  EXPECT_THAT(unpacked.report.layers, ElementsAre("tar", "gzip", "xz", "zstd"));
}

TEST(OpenArchive, FlattensArchivesInsideArchives) {
  const std::string zip = Zip(
      {{.name = "x.csv", .content = "1"}, {.name = "d/y.csv.gz", .content = samples::Gzip("2")}});
  const Unpacked unpacked = Unpack(
      Tar({{.name = "before.csv", .content = "0"},
           {.name = "in/may.zip", .content = zip},
           {.name = "june.tgz", .content = samples::Gzip(Tar({{.name = "z.csv", .content = "3"}}))},
           {.name = "after.csv", .content = "4"}}));
  ASSERT_FALSE(unpacked.error) << Describe(*unpacked.error);
  EXPECT_THAT(unpacked.Names(), ElementsAre("before.csv", "in/may/x.csv", "in/may/d/y.csv",
                                            "june/z.csv", "after.csv"));
  EXPECT_EQ(unpacked.files[2].content, "2");
}

TEST(OpenArchive, VerifiesInnerArchivesToTheirLastByte) {
  const std::string zip = Zip({{.name = "x.csv", .content = "1"}});
  for (const std::string& inner :
       {zip + "x", zip.substr(0, zip.size() - 1), samples::Gzip("1") + "x"}) {
    EXPECT_TRUE(Unpack(Tar({{.name = "in", .content = inner}})).error);
    EXPECT_TRUE(Unpack(Zip({{.name = "in", .content = inner}})).error);
  }
}

TEST(OpenArchive, LeavesEncryptedEntriesAlone) {
  const std::string message("\x85\x01\x0c\x03 message", 12);
  const Unpacked unpacked = Unpack(Zip({{.name = "a.csv.gpg", .content = message}}));
  ASSERT_FALSE(unpacked.error);
  EXPECT_EQ(unpacked.files[0].name, "a.csv.gpg");
  EXPECT_EQ(unpacked.files[0].content, message);
}

TEST(OpenArchive, TellsDuplicatesApart) {
  const Unpacked unpacked = Unpack(Zip({{.name = "a.csv", .content = "1"},
                                        {.name = "a.csv", .content = "2"},
                                        {.name = "./a.csv", .content = "3"}}));
  EXPECT_THAT(unpacked.Names(), ElementsAre("a.csv", "a.2.csv", "a.3.csv"));
}

TEST(OpenArchive, RefusesUuencodedFiles) {
  for (const std::string& bytes :
       {std::string("begin 600 reply.out\nM(\"!S\n"), samples::Gzip("begin 600 reply.out\n")}) {
    const Unpacked unpacked = Unpack(bytes);
    ASSERT_TRUE(unpacked.error);
    EXPECT_EQ(unpacked.error->kind, ErrorKind::kPermanent);
    EXPECT_THAT(unpacked.error->message, HasSubstr("uuencoded"));
  }
}

TEST(OpenArchive, ReadsAndVerifiesEntriesThatTheCallerSkips) {
  std::string zip = Zip({{.name = "a", .content = samples::Csv(100'000), .method = 0},
                         {.name = "b", .content = "2"}});
  ArchiveReport report;
  const auto archive = Open(zip, report);
  EXPECT_EQ(archive->Next()->name, "a");
  EXPECT_EQ(archive->Next()->name, "b");
  EXPECT_FALSE(archive->Next());
  EXPECT_EQ(report.unpacked_bytes, 100'001u);

  zip[50'000] = static_cast<char>(zip[50'000] ^ 1);
  ArchiveReport damaged;
  const auto other = Open(zip, damaged);
  EXPECT_EQ(other->Next()->name, "a");
  EXPECT_THROW(other->Next(), Error);
}

TEST(OpenArchive, KeepsItsErrors) {
  std::string packed = samples::Gzip(Tar({{.name = "a", .content = samples::Csv(100'000)}}));
  packed.resize(packed.size() / 2);
  ArchiveReport report;
  const auto archive = Open(packed, report);
  const auto entry = archive->Next();
  EXPECT_THROW(stream::ReadAll(*entry->content), Error);
  for (int i = 0; i < 2; ++i) {
    std::byte one{};
    EXPECT_THROW(entry->content->Read({&one, 1}), Error);
  }
  for (int i = 0; i < 2; ++i) EXPECT_THROW(archive->Next(), Error);
}

TEST(OpenArchive, PassesOnTheErrorOfItsSource) {
  const std::string packed = samples::Gzip(samples::Csv(50'000));
  ArchiveReport report;
  const auto archive =
      OpenArchive(std::make_unique<stream::FailingSource>(
                      std::make_unique<stream::MemorySource>(packed), packed.size() / 2,
                      Error(ErrorKind::kTransient, ErrorScope::kProvider, "download", "cut")),
                  "sample", {}, false, report, {});
  try {
    stream::ReadAll(*archive->Next()->content);
    FAIL() << "ended cleanly";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.stage, "download");
  }
}

TEST(OpenArchive, StopsWhenAsked) {
  std::stop_source stop;
  ArchiveReport report;
  const auto archive = OpenArchive(std::make_unique<stream::MemorySource>(samples::GzipOfZeros(10)),
                                   "sample", {}, false, report, {.stop = stop.get_token()});
  const auto entry = archive->Next();
  stop.request_stop();
  try {
    stream::ReadAll(*entry->content);
    FAIL() << "went on";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kCancelled);
  }
}

TEST(Limits, EndABombByItsRatio) {
  // Gzip alone can't exceed a ratio of 1032; two of them, bzip2 and zstd can.
  ExpectLimit(Unpack(samples::Gzip(samples::GzipOfZeros(200))), "most_ratio");
  ExpectLimit(Unpack(samples::Bzip2OfZeros(200)), "most_ratio");
  ExpectLimit(Unpack(samples::GzipOfZeros(200), {.most_ratio = 500}), "most_ratio");
  EXPECT_FALSE(Unpack(samples::GzipOfZeros(70)).error);
}

TEST(Limits, EndABombThatReachesNoEntry) {
  // The inner layer is a skippable frame, of which nothing is left.
  const std::string frame =
      samples::ZstdSkippable(std::string(size_t{70} << 20, '\0')) + samples::Zstd("a");
  EXPECT_FALSE(Unpack(samples::Gzip(frame)).error);
  ExpectLimit(Unpack(samples::Gzip(frame), {.most_ratio = 100}), "most_ratio");
}

TEST(Limits, EndABombByItsBytes) {
  ExpectLimit(Unpack(samples::Gzip(samples::Csv(100'000)), {.most_bytes = 50'000}), "most_bytes");
  ExpectLimit(Unpack(Zip({{.name = "a", .content = samples::Csv(30'000)},
                          {.name = "b", .content = samples::Csv(30'000)}}),
                     {.most_bytes = 50'000}),
              "most_bytes");
  EXPECT_FALSE(Unpack(samples::Csv(50'000), {.most_bytes = 50'000}).error);
}

TEST(Limits, EndTheNestedBombOf42Zip) {
  std::string zip = Zip({{.name = "0.dll", .content = std::string(size_t{1} << 20, '\0')}});
  for (int level = 0; level < 5; ++level) {
    std::vector<samples::ZipMember> members;
    for (int i = 0; i < 16; ++i)
      members.push_back({.name = "lib " + std::to_string(i) + ".zip", .content = zip});
    zip = Zip(members);
  }
  ExpectLimit(Unpack(zip), "most_depth");
  ExpectLimit(Unpack(zip, {.most_bytes = uint64_t{20} << 20, .most_depth = 10}), "most_bytes");
  ExpectLimit(Unpack(zip, {.most_ratio = 20, .most_depth = 10}), "most_ratio");
}

TEST(Limits, BoundTheDepth) {
  std::string packed = "x";
  for (int i = 0; i < 4; ++i) packed = samples::Gzip(packed);
  EXPECT_FALSE(Unpack(packed).error);
  ExpectLimit(Unpack(samples::Gzip(packed)), "most_depth");
  ExpectLimit(Unpack(Zip({{.name = "a", .content = packed}})), "most_depth");
}

TEST(Limits, BoundTheEntries) {
  const std::vector<samples::TarMember> three = {
      {.name = "a"}, {.name = "d/", .type = '5'}, {.name = "b"}};
  EXPECT_FALSE(Unpack(Tar(three), {.most_entries = 3}).error);
  ExpectLimit(Unpack(Tar(three), {.most_entries = 2}), "most_entries");
  ExpectLimit(Unpack(Zip({{.name = "a"}, {.name = "b"}}), {.most_entries = 1}), "most_entries");
}

TEST(Limits, BoundTheNames) {
  ExpectLimit(Unpack(Zip({{.name = std::string(1025, 'n')}})), "most_name_bytes");
  EXPECT_FALSE(Unpack(Zip({{.name = std::string(1024, 'n')}})).error);
  ExpectLimit(
      Unpack(samples::TarBlocks({.name = "L", .content = std::string(2000, 'n'), .type = 'L'}) +
             Tar({{.name = "n"}})),
      "most_name_bytes");
  const std::string inner = Zip({{.name = std::string(600, 'i')}});
  ExpectLimit(Unpack(Zip({{.name = std::string(600, 'o') + ".zip", .content = inner}})),
              "most_name_bytes");
  ExpectLimit(Unpack(samples::Gzip("x", {.name = std::string(2000, 'n')})), "most_name_bytes");
}

}  // namespace
}  // namespace octo::codec
