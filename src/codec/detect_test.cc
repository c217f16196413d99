#include "codec/detect.h"

#include <gtest/gtest.h>

#include "codec/samples.h"
#include "stream/memory_source.h"

namespace octo::codec {
namespace {

Format Of(std::string bytes) {
  stream::PeekSource source(std::make_unique<stream::MemorySource>(std::move(bytes)));
  return Detect(source);
}

TEST(Detect, TellsFormatsByTheirContent) {
  EXPECT_EQ(Of(samples::Gzip("x")), Format::kGzip);
  for (const int level : {0, 1, 6, 9})
    EXPECT_EQ(Of(samples::Zlib(samples::Csv(5000), level)), Format::kZlib) << level;
  EXPECT_EQ(Of(samples::Zlib("")), Format::kZlib);
  EXPECT_EQ(Of(samples::Zlib(std::string(1'000'000, 'x'), 1)), Format::kZlib);
  EXPECT_EQ(Of(samples::Zstd("x")), Format::kZstd);
  EXPECT_EQ(Of(samples::ZstdSkippable("x")), Format::kZstd);
  EXPECT_EQ(Of(samples::Bzip2("x")), Format::kBzip2);
  EXPECT_EQ(Of(samples::Bzip2("")), Format::kBzip2);
  EXPECT_EQ(Of(samples::Xz("x")), Format::kXz);
  EXPECT_EQ(Of(samples::Zip({{.name = "a", .content = "x"}})), Format::kZip);
  EXPECT_EQ(Of(samples::Zip({})), Format::kZip);
  EXPECT_EQ(Of(samples::Zip({}, {.zip64 = true})), Format::kZip);
  EXPECT_EQ(Of("PK\x07\x08PK\x03\x04"), Format::kSplitZip);
  EXPECT_EQ(Of(samples::Tar({{.name = "a", .content = "x"}})), Format::kTar);
  EXPECT_EQ(Of(samples::Tar({{.name = "a", .content = "x", .magic = "ustar  "}})), Format::kTar);
  EXPECT_EQ(Of(samples::Tar({{.name = "a", .content = "x", .magic = ""}})), Format::kTar);
  EXPECT_EQ(Of("begin 600 reply.out\nM(\"!S\n"), Format::kUuencode);
}

TEST(Detect, LeavesEverythingElseAlone) {
  for (const std::string& plain :
       {std::string(), std::string("a"), std::string("PK"), std::string("B"), std::string("BZh"),
        std::string("BZhello world"), std::string("START-OF-FILE\nRUNDATE=20260501\n"),
        std::string("\xef\xbb\xbfloan,balance\n"), std::string("<?xml version=\"1.0\"?><a/>"),
        std::string("%PDF-1.7\n\xe2\xe3\xcf\xd3\n"),
        std::string("-----BEGIN PGP MESSAGE-----\n\nhQ"), std::string("\x85\x01\x0c\x03", 4),
        std::string("begin the day\n"), std::string(2048, '\0'), std::string("PKZ,1\n"),
        std::string("(50)\n"), std::string("P*M,1\n")}) {
    EXPECT_EQ(Of(plain), Format::kPlain) << plain.substr(0, 20);
  }
}

// Two letters that are a valid zlib header begin many texts.
TEST(Detect, NeverTakesTextForZlib) {
  size_t tried = 0;
  for (int first = 0x20; first < 0x7f; ++first) {
    for (int second = '\t'; second < 0x100; ++second) {
      if ((first & 0x0f) != 8 || (first * 256 + second) % 31 != 0) continue;
      ++tried;
      for (int third = 0x20; third < 0x7f; ++third) {
        std::string text = {static_cast<char>(first), static_cast<char>(second),
                            static_cast<char>(third)};
        text += ",balance,state\n" + samples::Csv(2000);
        ASSERT_EQ(Of(text), Format::kPlain) << text.substr(0, 20);
        ASSERT_EQ(Of(text + "caf\xe9;\n"), Format::kPlain) << "Latin-1: " << text.substr(0, 20);
      }
    }
  }
  EXPECT_GT(tried, 20u);
}

TEST(Detect, ReportsDamagedZlibInsteadOfTakingItForPlain) {
  std::string packed = samples::Zlib(samples::Csv(5000));
  packed[40] = static_cast<char>(packed[40] ^ 0x55);
  EXPECT_EQ(Of(packed), Format::kZlib);
}

TEST(Detect, LeavesOfficeDocumentsWhole) {
  EXPECT_EQ(Of(samples::Zip({{.name = "[Content_Types].xml", .content = "<x/>"},
                             {.name = "xl/a.xml", .content = "1"}})),
            Format::kPlain);
  EXPECT_EQ(
      Of(samples::Zip({{.name = "mimetype", .content = "application/epub+zip", .method = 0}})),
      Format::kPlain);
}

TEST(Detect, TakesACutMarkForTheFormat) {
  EXPECT_EQ(Of("\x1f"), Format::kGzip);
  EXPECT_EQ(Of("\x28\xb5"), Format::kZstd);
  EXPECT_EQ(Of("\xfd\x37"), Format::kXz);
  EXPECT_EQ(Of("PK\x03"), Format::kZip);
  EXPECT_EQ(Of(samples::Tar({{.name = "a", .content = "x"}}).substr(0, 108)), Format::kTar);
}

}  // namespace
}  // namespace octo::codec
