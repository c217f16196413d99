#include "provider/object_key.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <random>
#include <set>

namespace octo::provider {
namespace {

// The inverse, as the header's rules give it.
std::string Unescaped(std::string_view part) {
  const auto is_hex = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  std::string name;
  for (size_t i = 0; i < part.size(); ++i) {
    if (part[i] == '%' && i + 2 < part.size() && is_hex(part[i + 1]) && is_hex(part[i + 2])) {
      name +=
          static_cast<char>(std::strtol(std::string(part.substr(i + 1, 2)).c_str(), nullptr, 16));
      i += 2;
    } else {
      name += part[i];
    }
  }
  return name;
}

TEST(EscapeKeyPart, LeavesOrdinaryNamesAlone) {
  for (const char* name : {"tape.csv", "my tape (1).csv", "a;b,c=d&e", "-rf", "Z\xC3\xBCrich.csv",
                           "100%.csv", "50%off", "%0a", "\xF0\x9F\x90\x99.csv", "...", " "}) {
    EXPECT_EQ(EscapeKeyPart(name), name);
  }
}

TEST(EscapeKeyPart, EscapesWhatNoKeyMayHold) {
  EXPECT_EQ(EscapeKeyPart("a\nb"), "a%0Ab");
  EXPECT_EQ(EscapeKeyPart("a\x7F"), "a%7F");
  EXPECT_EQ(EscapeKeyPart("a\xC2\x85"), "a%C2%85");
  EXPECT_EQ(EscapeKeyPart("\xEF\xBF\xBF"), "%EF%BF%BF");
  EXPECT_EQ(EscapeKeyPart("a/b"), "a%2Fb");
  EXPECT_EQ(EscapeKeyPart("."), "%2E");
  EXPECT_EQ(EscapeKeyPart(".."), "%2E%2E");
  EXPECT_EQ(EscapeKeyPart("%0A"), "%250A");
  EXPECT_EQ(EscapeKeyPart("%~"), "%25~");
}

TEST(EscapeKeyPart, EscapesEveryByteThatIsNotUtf8) {
  EXPECT_EQ(EscapeKeyPart("caf\xE9.csv"), "caf%E9.csv");
  EXPECT_EQ(EscapeKeyPart("\xC0\xAF"), "%C0%AF") << "overlong";
  EXPECT_EQ(EscapeKeyPart("\xED\xA0\x80"), "%ED%A0%80") << "a surrogate";
  EXPECT_EQ(EscapeKeyPart("\xF4\x90\x80\x80"), "%F4%90%80%80") << "above U+10FFFF";
  EXPECT_EQ(EscapeKeyPart("a\xE2\x82"), "a%E2%82") << "cut off";
}

TEST(EscapeKeyPart, GivesLegalKeysThatTellAllNamesApart) {
  std::mt19937 random(1);
  const std::string alphabet = std::string("%~0AFa2E.\n/\x80\xC3\xA9\xFF -;") + '\x01';
  std::set<std::string> names;
  std::set<std::string> parts;
  for (int i = 0; i < 50000; ++i) {
    std::string name;
    for (size_t length = 1 + random() % 6; length > 0; --length)
      name += alphabet[random() % alphabet.size()];
    const std::string part = EscapeKeyPart(name);
    EXPECT_EQ(KeyProblem(part), "") << part;
    EXPECT_EQ(Unescaped(part), name);
    EXPECT_EQ(part.find("%~"), part.npos);
    names.insert(name);
    parts.insert(part);
  }
  EXPECT_EQ(names.size(), parts.size());
}

TEST(ShortenKeyPart, KeepsWhatFits) {
  const std::string longest(251, 'x');
  EXPECT_EQ(ShortenKeyPart(longest + ".csv"), longest + ".csv");
}

TEST(ShortenKeyPart, KeepsBeginningAndExtensionAndTellsApart) {
  const std::string name = std::string(300, 'x');
  const std::string part = ShortenKeyPart(name + "1.csv");
  EXPECT_EQ(part.size(), kKeyPartBytes);
  EXPECT_TRUE(part.starts_with("xxxx"));
  EXPECT_TRUE(part.ends_with(".csv"));
  EXPECT_NE(part.find("%~"), part.npos);
  EXPECT_NE(part, ShortenKeyPart(name + "2.csv"));
}

TEST(ShortenKeyPart, SplitsNoCharacterAndNoEscape) {
  for (size_t shift = 0; shift < 4; ++shift) {
    std::string umlauts(shift, 'x');
    for (int i = 0; i < 200; ++i) umlauts += "\xC3\xBC";
    EXPECT_EQ(KeyProblem(ShortenKeyPart(umlauts)), "");
    const std::string escapes =
        ShortenKeyPart(EscapeKeyPart(std::string(shift, 'x') + std::string(200, '\n')));
    const size_t mark = escapes.find("%~");
    ASSERT_NE(mark, escapes.npos);
    EXPECT_EQ((mark - shift) % 3, 0U);
  }
}

TEST(KeyProblem, RefusesIllegalKeys) {
  EXPECT_EQ(KeyProblem("data/csv/affirm/tape.csv"), "");
  for (const std::string key : {"", "/a", "a/", "a//b", "a/../b", ".", "a\nb", "a\xFF"})
    EXPECT_NE(KeyProblem(key), "") << key;
  EXPECT_NE(KeyProblem(std::string(256, 'x')), "");
  std::string deep = "x";
  while (deep.size() <= kKeyBytes) deep += "/x";
  EXPECT_NE(KeyProblem(deep), "");
}

}  // namespace
}  // namespace octo::provider
