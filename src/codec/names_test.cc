#include "codec/names.h"

#include <gtest/gtest.h>

namespace octo::codec {
namespace {

TEST(SafePath, NeverLeavesTheFolder) {
  EXPECT_EQ(SafePath("/etc/passwd"), "etc/passwd");
  EXPECT_EQ(SafePath("../../etc/passwd"), "etc/passwd");
  EXPECT_EQ(SafePath("a/../../b"), "a/b");
  EXPECT_EQ(SafePath("./a//b/."), "a/b");
  EXPECT_EQ(SafePath("//server/share/a"), "server/share/a");
  EXPECT_EQ(SafePath(".."), "");
  EXPECT_EQ(SafePath("/"), "");
  EXPECT_EQ(SafePath("..."), "...");
  EXPECT_EQ(SafePath(ForwardSlashes("C:\\a\\..\\b.csv")), "a/b.csv");
  EXPECT_EQ(SafePath("C:D:x"), "x");
  EXPECT_EQ(SafePath("/C:/x"), "x");
}

TEST(SafePath, ReplacesWhatATerminalOrAReaderWouldTrip) {
  EXPECT_EQ(SafePath(std::string("a\0b", 3)), "a_b");
  EXPECT_EQ(SafePath("a\nb\x7f\x1b[31m"), "a_b__[31m");
  EXPECT_EQ(SafePath("a\xc2\x85z"), "a_z");
  EXPECT_EQ(SafePath("evil\xe2\x80\xaevsc.exe"), "evil_vsc.exe");
}

TEST(SafePath, KeepsUtf8) { EXPECT_EQ(SafePath("prêts/貸付 😀.csv"), "prêts/貸付 😀.csv"); }

TEST(ToUtf8, ReadsOtherBytesAsTheirCharset) {
  EXPECT_EQ(ToUtf8("caf\xe9", Charset::kLatin1), "café");
  EXPECT_EQ(ToUtf8("caf\x82", Charset::kCodePage437), "café");
  EXPECT_EQ(ToUtf8("\xc0\xaf", Charset::kLatin1), "À¯") << "an overlong slash is no slash";
  EXPECT_EQ(ToUtf8("\xed\xa0\x80", Charset::kLatin1), "í\u00a0\u0080") << "half a pair of UTF-16";
  EXPECT_EQ(ToUtf8("café", Charset::kCodePage437), "café");
}

TEST(Extensions, AreTakenOffWithTheirLayer) {
  EXPECT_EQ(WithoutCompressionExtension("a.csv.gz"), "a.csv");
  EXPECT_EQ(WithoutCompressionExtension("a.csv.ZST"), "a.csv");
  EXPECT_EQ(WithoutCompressionExtension("a.tgz"), "a.tar");
  EXPECT_EQ(WithoutCompressionExtension("a.csv"), "a.csv");
  EXPECT_EQ(WithoutCompressionExtension(".gz"), ".gz");
  EXPECT_EQ(WithoutContainerExtension("may.zip"), "may");
  EXPECT_EQ(WithoutContainerExtension("may.tar"), "may");
  EXPECT_EQ(WithoutContainerExtension("may"), "may");
}

TEST(UsedNames, TellsEqualNamesApartBeforeTheExtension) {
  UsedNames names;
  EXPECT_EQ(names.Unique("d/a.csv"), "d/a.csv");
  EXPECT_EQ(names.Unique("d/a.csv"), "d/a.2.csv");
  EXPECT_EQ(names.Unique("d/a.3.csv"), "d/a.3.csv");
  EXPECT_EQ(names.Unique("d/a.csv"), "d/a.4.csv");
  EXPECT_EQ(names.Unique("d.x/a"), "d.x/a");
  EXPECT_EQ(names.Unique("d.x/a"), "d.x/a.2");
  EXPECT_EQ(names.Unique(".profile"), ".profile");
  EXPECT_EQ(names.Unique(".profile"), ".profile.2");
}

TEST(UsedNames, StaysFastForManyEqualNames) {
  UsedNames names;
  std::string last;
  for (int i = 0; i < 100'000; ++i) last = names.Unique("a.csv");
  EXPECT_EQ(last, "a.100000.csv");
}

}  // namespace
}  // namespace octo::codec
