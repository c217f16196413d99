#include "document.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "output.h"

namespace octo::sample {
namespace {

const Date kDay = Date(std::chrono::year(2026) / 4 / 30);

template <typename Writer>
std::string Made(Writer&& writer, uint64_t bytes) {
  std::string text;
  StringOutput output(text);
  writer({.bytes = bytes, .date = kDay}, output);
  return text;
}

TEST(Pdf, ItsTablePointsAtItsObjects) {
  const std::string pdf = Made(WritePdf, 30'000);
  EXPECT_TRUE(pdf.starts_with("%PDF-1.4\n"));
  EXPECT_TRUE(pdf.ends_with("%%EOF\n"));
  const size_t table = std::stoul(pdf.substr(pdf.find("startxref\n") + 10));
  ASSERT_EQ(pdf.substr(table, 7), "xref\n0 ");
  const size_t entries = std::stoul(pdf.substr(table + 7));
  size_t at = pdf.find('\n', table + 5) + 1;
  for (size_t number = 1; number < entries; ++number) {
    at += 20;  // the first entry is that of object 0
    const size_t offset = std::stoul(pdf.substr(at, 10));
    const std::string begin = std::to_string(number) + " 0 obj\n";
    EXPECT_EQ(pdf.substr(offset, begin.size()), begin);
  }
  EXPECT_GT(entries, 5u);
}

TEST(Pdf, StreamsAreAsLongAsTheySay) {
  const std::string pdf = Made(WritePdf, 10'000);
  for (size_t at = pdf.find("/Length "); at != std::string::npos;
       at = pdf.find("/Length ", at + 1)) {
    const size_t length = std::stoul(pdf.substr(at + 8));
    const size_t begin = pdf.find("stream\n", at) + 7;
    EXPECT_EQ(pdf.substr(begin + length, 10), "\nendstream");
  }
}

TEST(Xml, ClosesWhatItOpens) {
  const std::string xml = Made(WriteXml, 5'000);
  EXPECT_TRUE(xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<statement "));
  std::vector<std::string> open;
  for (size_t at = xml.find('<', 2); at != std::string::npos; at = xml.find('<', at + 1)) {
    const size_t end = xml.find_first_of(" >", at);
    const std::string name = xml.substr(at + 1, end - at - 1);
    if (!name.starts_with("/")) {
      open.push_back(name);
      continue;
    }
    ASSERT_FALSE(open.empty());
    EXPECT_EQ("/" + open.back(), name);
    open.pop_back();
  }
  EXPECT_TRUE(open.empty());
}

TEST(Documents, HaveAboutTheSizeThatWasAskedForAndTheSameBytesEachTime) {
  for (const uint64_t bytes : {20'000u, 300'000u}) {
    EXPECT_NEAR(static_cast<double>(Made(WritePdf, bytes).size()), static_cast<double>(bytes),
                4'000 + 0.05 * static_cast<double>(bytes));
    EXPECT_NEAR(static_cast<double>(Made(WriteXml, bytes).size()), static_cast<double>(bytes), 200);
    EXPECT_EQ(Made(WritePdf, bytes), Made(WritePdf, bytes));
  }
}

}  // namespace
}  // namespace octo::sample
