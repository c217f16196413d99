#include "provider/naming.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "provider/glob.h"

namespace octo::provider {
namespace {

using Names = std::set<std::string, std::less<>>;

TEST(GlobMatch, MatchesTheWholeName) {
  EXPECT_TRUE(GlobMatch("*", ""));
  EXPECT_TRUE(GlobMatch("*.csv", "tape.csv"));
  EXPECT_FALSE(GlobMatch("*.csv", "tape.csv.gz"));
  EXPECT_TRUE(GlobMatch("*a*b*", "xxaxxbxx"));
  EXPECT_FALSE(GlobMatch("*a*b*", "xxbxxaxx"));
  EXPECT_TRUE(GlobMatch("tape_????.csv", "tape_2026.csv"));
  EXPECT_FALSE(GlobMatch("", "x"));
  EXPECT_TRUE(GlobMatch("", ""));
  EXPECT_FALSE(GlobMatch("a?", "a"));
  EXPECT_FALSE(GlobMatch("*.CSV", "tape.csv"));
}

TEST(GlobMatch, KnowsBrackets) {
  EXPECT_TRUE(GlobMatch("v[0-9].csv", "v7.csv"));
  EXPECT_FALSE(GlobMatch("v[0-9].csv", "vx.csv"));
  EXPECT_TRUE(GlobMatch("[!a-c]x", "dx"));
  EXPECT_FALSE(GlobMatch("[^a-c]x", "bx"));
  EXPECT_TRUE(GlobMatch("[]x]", "]"));
  EXPECT_TRUE(GlobMatch("[a-]", "-"));
  EXPECT_TRUE(GlobMatch("[", "["));
}

TEST(GlobMatch, TakesAnEscapedCharacterAsItself) {
  EXPECT_TRUE(GlobMatch("\\*.csv", "*.csv"));
  EXPECT_FALSE(GlobMatch("\\*.csv", "x.csv"));
  EXPECT_TRUE(GlobMatch("a\\[b", "a[b"));
}

TEST(GlobMatch, CountsCharactersNotBytes) {
  EXPECT_TRUE(GlobMatch("a?c",
                        "a\xC3\xA9"
                        "c"));
  EXPECT_FALSE(GlobMatch("a?c",
                         "a\xC3\xA9\xC3\xA9"
                         "c"));
  EXPECT_TRUE(GlobMatch("a?c",
                        "a\xFF"
                        "c"));
  EXPECT_TRUE(GlobMatch("[\xC3\xA0-\xC3\xBC]", "\xC3\xA9"));
  EXPECT_FALSE(GlobMatch("\xC3\xBF", "\xFF"));
}

TEST(GlobMatch, NeedsNoExponentialTime) {
  std::string pattern;
  for (int i = 0; i < 60; ++i) pattern += "*a";
  EXPECT_FALSE(GlobMatch(pattern + "b", std::string(255, 'a')));
}

TEST(GlobProblem, NamesWhatIsWrong) {
  EXPECT_EQ(GlobProblem("tape_[0-9]*.csv"), "");
  EXPECT_THAT(GlobProblem(""), testing::HasSubstr("empty"));
  EXPECT_THAT(GlobProblem("tape_[0-9*.csv"), testing::HasSubstr("not closed"));
  EXPECT_THAT(GlobProblem("tape\\"), testing::HasSubstr("lone"));
  EXPECT_THAT(GlobProblem("in/*.csv"), testing::HasSubstr("'/'"));
  EXPECT_EQ(GlobProblem("\\["), "");
}

TEST(RoleOf, TellsDataFromWhatSurroundsIt) {
  const Provider provider;
  const Names listed;
  EXPECT_EQ(RoleOf(provider, "tape.csv.gz.gpg", listed), NameRole::kData);
  EXPECT_EQ(RoleOf(provider, "tape.csv.filepart", listed), NameRole::kTemporary);
  EXPECT_EQ(RoleOf(provider, ".hidden", listed), NameRole::kTemporary);
  EXPECT_EQ(RoleOf(provider, "tape.csv.sig", listed), NameRole::kCompanion);
  EXPECT_EQ(RoleOf(provider, "TAPE.CSV.SHA256", listed), NameRole::kCompanion);
  EXPECT_EQ(RoleOf(provider, "tape.csv.md5", listed), NameRole::kCompanion);
  EXPECT_EQ(RoleOf(provider, "tape.csv.done", listed), NameRole::kMarker);
  EXPECT_EQ(RoleOf(provider, "tape.ok", listed), NameRole::kMarker);
  EXPECT_EQ(RoleOf(provider, "_SUCCESS", listed), NameRole::kMarker);
  EXPECT_EQ(RoleOf(provider, "tape.ctl", listed), NameRole::kMarker);
}

TEST(RoleOf, TakesAnAscAsASignatureOnlyBesideItsFile) {
  const Provider provider;
  EXPECT_EQ(RoleOf(provider, "tape.csv.asc", {"tape.csv.asc"}), NameRole::kData);
  EXPECT_EQ(RoleOf(provider, "tape.csv.asc", {"tape.csv.asc", "tape.csv"}), NameRole::kCompanion);
}

TEST(RoleOf, ExcludesWhatIsNotIncluded) {
  Provider provider;
  provider.include = {"*.csv", "*.xml"};
  provider.exclude = {"test_*"};
  EXPECT_EQ(RoleOf(provider, "a.csv", {}), NameRole::kData);
  EXPECT_EQ(RoleOf(provider, "a.xml", {}), NameRole::kData);
  EXPECT_EQ(RoleOf(provider, "a.pdf", {}), NameRole::kExcluded);
  EXPECT_EQ(RoleOf(provider, "test_a.csv", {}), NameRole::kExcluded);
}

TEST(RoleOf, KnowsTheProvidersOwnMarker) {
  Provider provider;
  provider.marker = "READY_{name}.txt";
  EXPECT_EQ(RoleOf(provider, "READY_tape.csv.txt", {}), NameRole::kMarker);
  EXPECT_EQ(RoleOf(provider, "READY_.txt", {}), NameRole::kData);
  EXPECT_EQ(MarkerOf(provider, "tape.csv"), "READY_tape.csv.txt");
  provider.marker = "COMPLETE";
  EXPECT_EQ(RoleOf(provider, "COMPLETE", {}), NameRole::kMarker);
  EXPECT_EQ(MarkerOf(provider, "tape.csv"), "COMPLETE");
}

TEST(WithoutWrapping, TakesOffEachLayerOnce) {
  EXPECT_EQ(WithoutWrapping("tape.csv.gz.gpg"), "tape.csv");
  EXPECT_EQ(WithoutWrapping("tape.csv.GZ.PGP"), "tape.csv");
  EXPECT_EQ(WithoutWrapping("tape.tar.gz.asc"), "tape");
  EXPECT_EQ(WithoutWrapping("tape.tgz"), "tape");
  EXPECT_EQ(WithoutWrapping("tape.zip.gpg"), "tape");
  EXPECT_EQ(WithoutWrapping("tape.csv.zst"), "tape.csv");
  EXPECT_EQ(WithoutWrapping("tape.csv"), "tape.csv");
  EXPECT_EQ(WithoutWrapping("tape.csv.gz.gz"), "tape.csv.gz");
  EXPECT_EQ(WithoutWrapping("tape.gpg.csv"), "tape.gpg.csv");
}

TEST(WithoutWrapping, NeverLeavesNothing) {
  EXPECT_EQ(WithoutWrapping(".gpg"), ".gpg");
  EXPECT_EQ(WithoutWrapping(".gz.gpg"), ".gz");
  EXPECT_EQ(WithoutWrapping(""), "");
}

TEST(TypeOf, IsTheFirstThatTheNameHolds) {
  EXPECT_EQ(TypeOf("tape.csv"), "csv");
  EXPECT_EQ(TypeOf("tape.csv.bak"), "csv");
  EXPECT_EQ(TypeOf("report.pdf"), "pdf");
  EXPECT_EQ(TypeOf("a.xml.csv"), "csv");
  EXPECT_EQ(TypeOf("a.xml"), "xml");
  EXPECT_EQ(TypeOf("prices.out"), "other");
  EXPECT_EQ(TypeOf("csv"), "other");
}

TEST(WithVersion, GoesBeforeTheLastExtension) {
  EXPECT_EQ(WithVersion("tape.csv", 1), "tape.csv");
  EXPECT_EQ(WithVersion("tape.csv", 2), "tape.v2.csv");
  EXPECT_EQ(WithVersion("tape", 12), "tape.v12");
  EXPECT_EQ(WithVersion("tape.20260501", 2), "tape.20260501.v2");
  EXPECT_EQ(WithVersion("bundle.d/tape", 2), "bundle.d/tape.v2");
  EXPECT_EQ(WithVersion(".csv", 2), ".csv.v2");
}

TEST(FinalName, KeepsTheDeliverysNameForOneEntry) {
  EXPECT_EQ(FinalName("tape.csv.gz.gpg", "other.csv", false, 1), "tape.csv");
  EXPECT_EQ(FinalName("tape.csv.gz.gpg", "", false, 3), "tape.v3.csv");
}

TEST(FinalName, TakesTheEntrysNameWhenOnlyThatHasAnExtension) {
  EXPECT_EQ(FinalName("bundle.zip", "in/tape.csv", false, 1), "tape.csv");
  EXPECT_EQ(FinalName("loans.20260501.zip", "loans.csv", false, 1), "loans.csv");
  EXPECT_EQ(FinalName("bundle.zip", "README", false, 1), "bundle");
}

TEST(FinalName, PutsSeveralEntriesIntoAFolder) {
  EXPECT_EQ(FinalName("bundle.tar.gz", "tape.csv", true, 1), "bundle/tape.csv");
  EXPECT_EQ(FinalName("bundle.tar.gz", "./in/tape.csv", true, 2), "bundle/in/tape.v2.csv");
}

TEST(FinalName, NeverLetsAnEntryLeaveItsFolder) {
  EXPECT_EQ(FinalName("b.zip", "../../etc/passwd", true, 1), "b/%2E%2E/%2E%2E/etc/passwd");
  EXPECT_EQ(FinalName("b.zip", "/etc/passwd", true, 1), "b/%2Fetc/passwd");
  EXPECT_EQ(FinalName("b.zip", "a//b", true, 1), "b/a/%2Fb");
  EXPECT_EQ(FinalName("b.zip", "a/", true, 1), "b/a/%2F");
  EXPECT_EQ(FinalName("...zip", "x", true, 1), "%2E%2E/x");
}

}  // namespace
}  // namespace octo::provider
