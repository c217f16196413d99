#include "provider/companion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "provider/checksum_file.h"

namespace octo::provider {
namespace {

using testing::ElementsAre;

const std::string kSha(64, 'a');
const std::string kMd5(32, 'b');

TEST(CompanionOf, NamesTheFilesItMayVouchFor) {
  const auto companion = CompanionOf("tape.csv.sha256");
  ASSERT_TRUE(companion.has_value());
  EXPECT_EQ(companion->kind, CompanionKind::kSha256);
  EXPECT_THAT(companion->data_names,
              ElementsAre("tape.csv", "tape.csv.gpg", "tape.csv.pgp", "tape.csv.asc"));
  EXPECT_EQ(CompanionOf("a.MD5")->kind, CompanionKind::kMd5);
  EXPECT_EQ(CompanionOf("a.sig")->kind, CompanionKind::kSignature);
  EXPECT_EQ(CompanionOf("a.asc")->kind, CompanionKind::kSignature);
}

TEST(CompanionOf, KnowsNoOtherNames) {
  EXPECT_FALSE(CompanionOf("tape.csv").has_value());
  EXPECT_FALSE(CompanionOf(".sig").has_value());
  EXPECT_FALSE(CompanionOf("tape.sig.csv").has_value());
}

std::vector<std::string> Describe(const std::vector<FoundCompanion>& found) {
  std::vector<std::string> texts;
  for (const auto& companion : found)
    texts.push_back(companion.name + (companion.of_content ? " (content)" : ""));
  return texts;
}

TEST(FindCompanions, FindsThoseOfTheFileAndOfItsContent) {
  const std::set<std::string, std::less<>> listed = {
      "tape.csv.gpg",      "tape.csv.gpg.sig", "tape.csv.gpg.MD5",    "tape.csv.sha256",
      "tape.csv.gpg2.sig", "tape.sig",         "tape.csv.gpg.sig.md5"};
  EXPECT_THAT(Describe(FindCompanions("tape.csv.gpg", listed)),
              ElementsAre("tape.csv.gpg.MD5", "tape.csv.gpg.sig", "tape.csv.sha256 (content)"));
}

TEST(FindCompanions, LeavesACompanionToTheFileThatItNames) {
  EXPECT_THAT(FindCompanions("tape.csv.gpg", {"tape.csv", "tape.csv.gpg", "tape.csv.sha256"}),
              testing::IsEmpty());
}

TEST(FindCompanions, NeverTakesTheFileItselfForItsSignature) {
  EXPECT_THAT(FindCompanions("tape.csv.asc", {"tape.csv.asc"}), testing::IsEmpty());
}

TEST(ChecksumFile, ReadsEveryCommonForm) {
  EXPECT_EQ(ChecksumFor(kSha + "  tape.csv\n", "tape.csv", CompanionKind::kSha256), kSha);
  EXPECT_EQ(ChecksumFor(kSha + " *tape.csv", "tape.csv", CompanionKind::kSha256), kSha);
  EXPECT_EQ(ChecksumFor(kSha, "tape.csv", CompanionKind::kSha256), kSha);
  EXPECT_EQ(ChecksumFor(kSha + "  \r\n", "tape.csv", CompanionKind::kSha256), kSha);
  EXPECT_EQ(ChecksumFor("SHA256 (my (1) tape.csv) = " + kSha + "\n", "my (1) tape.csv",
                        CompanionKind::kSha256),
            kSha);
  EXPECT_EQ(ChecksumFor("MD5 (tape.csv) = " + kMd5, "tape.csv", CompanionKind::kMd5), kMd5);
  EXPECT_EQ(
      ChecksumFor("\xEF\xBB\xBF# made by us\n\n" + std::string(32, 'B') + "\t/out/tape.csv\r\n",
                  "tape.csv", CompanionKind::kMd5),
      kMd5);
}

TEST(ChecksumFile, KeepsBlanksAndEscapesOfNames) {
  EXPECT_EQ(ParseChecksumFile(kMd5 + "   a b.csv")[0].name, " a b.csv");
  EXPECT_EQ(ParseChecksumFile("\\" + kMd5 + "  a\\nb\\\\c")[0].name, "a\nb\\c");
}

TEST(ChecksumFile, PicksTheLineOfTheFile) {
  const std::string text = kSha + "  a.csv\n" + std::string(64, 'c') + "  b.csv\n";
  EXPECT_EQ(ChecksumFor(text, "b.csv", CompanionKind::kSha256), std::string(64, 'c'));
}

TEST(ChecksumFile, RefusesWhatSaysNothingAboutTheFile) {
  const auto kind_of = [](const std::string& text) {
    try {
      ChecksumFor(text, "tape.csv", CompanionKind::kSha256);
    } catch (const Error& error) {
      return error.kind;
    }
    return ErrorKind::kBug;
  };
  for (const std::string& text :
       {std::string(), std::string("\n# nothing\n"), std::string("<html>"), kSha + "x  tape.csv",
        std::string(63, 'a') + "  tape.csv", kSha + "  other.csv", kMd5 + "  tape.csv",
        kSha + "tape.csv", kSha + "  tape.csv\n" + std::string(64, 'c') + "  tape.csv",
        kSha + "\n" + kSha, "SHA256 (tape.csv) = " + kMd5, kSha + "  tape.csv\nrubbish"}) {
    EXPECT_EQ(kind_of(text), ErrorKind::kCorrupt) << text;
  }
}

}  // namespace
}  // namespace octo::provider
