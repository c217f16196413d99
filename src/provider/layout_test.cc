#include "provider/layout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "provider/name_pattern.h"
#include "provider/naming.h"
#include "provider/object_key.h"

namespace octo::provider {
namespace {

LayoutValues Tape() {
  return {.provider = "affirm",
          .remote_name = "tape_20260430.csv.gz.gpg",
          .final_name = "tape_20260430.v2.csv",
          .delivery = "d1",
          .attempt = "a1",
          .version = 2,
          .modified = *ParseTime("2026-05-01T06:30:00Z")};
}

Provider Affirm() {
  Provider provider;
  provider.name = "affirm";
  return provider;
}

std::string MessageOf(const Provider& provider, std::string_view layout,
                      const LayoutValues& values) {
  try {
    return "no error: " + ExpandLayout(provider, layout, values);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    EXPECT_EQ(error.scope, ErrorScope::kProvider);
    return error.message;
  }
}

TEST(ExpandLayout, GivesTheKeysOfTheOldSystemByDefault) {
  EXPECT_EQ(ExpandLayout(Affirm(), Affirm().layout, Tape()),
            "data/csv/affirm/tape_20260430.v2.csv");
}

TEST(ExpandLayout, KnowsEveryVariable) {
  EXPECT_EQ(
      ExpandLayout(Affirm(), "{type}|{provider}|{name}|{stem}|{remote_name}|{version}", Tape()),
      "csv|affirm|tape_20260430.v2.csv|tape_20260430.v2|tape_20260430.csv.gz.gpg|2");
  EXPECT_EQ(ExpandLayout(Affirm(), "{date}|{year}|{month}|{day}|{delivery}|{attempt}", Tape()),
            "2026-05-01|2026|05|01|d1|a1");
}

TEST(ExpandLayout, TakesTheTypeFromTheEntryNotFromItsFolder) {
  LayoutValues values = Tape();
  values.final_name = "bundle.csv/cover.pdf";
  EXPECT_EQ(ExpandLayout(Affirm(), "{type}/{name}", values), "pdf/bundle.csv/cover.pdf");
}

TEST(ExpandLayout, FillsGroupsByNumberAndName) {
  Provider provider = Affirm();
  provider.name_pattern = R"((?<kind>[a-z]+)_(?<date>\d{8})\.(csv|xml).*)";
  EXPECT_EQ(ExpandLayout(provider, "{kind}/{1}/{date}/{2}/{3}", Tape()),
            "tape/tape/20260430/20260430/csv");
}

TEST(ExpandLayout, EscapesWhatGroupsTakeFromTheName) {
  Provider provider = Affirm();
  provider.name_pattern = "([^]*)\\.csv";
  LayoutValues values = Tape();
  values.remote_name = "..\n.csv";
  EXPECT_EQ(ExpandLayout(provider, "{1}", values), "..%0A");
  values.remote_name = "...csv";
  EXPECT_EQ(ExpandLayout(provider, "{1}", values), "%2E%2E");
}

TEST(ExpandLayout, RefusesAnUnknownVariable) {
  EXPECT_THAT(MessageOf(Affirm(), "{nmae}", Tape()), testing::HasSubstr("{nmae}"));
  EXPECT_THAT(MessageOf(Affirm(), "{1}", Tape()), testing::HasSubstr("{1}"));
}

TEST(ExpandLayout, RefusesBracesWithoutTheirPair) {
  for (const char* layout : {"{name", "name}", "{na{me}", "{"}) {
    EXPECT_THAT(MessageOf(Affirm(), layout, Tape()), testing::HasSubstr("brace"));
  }
}

TEST(ExpandLayout, RefusesANameThatThePatternDoesNotMatch) {
  Provider provider = Affirm();
  provider.name_pattern = "(loans)_.*";
  EXPECT_THAT(MessageOf(provider, "{1}/{name}", Tape()), testing::HasSubstr("does not match"));
}

TEST(ExpandLayout, RefusesAKeyWithAnEmptyPart) {
  Provider provider = Affirm();
  provider.name_pattern = "tape(x?).*";
  EXPECT_THAT(MessageOf(provider, "{1}/{name}", Tape()), testing::HasSubstr("empty part"));
  EXPECT_THAT(MessageOf(Affirm(), "/{name}", Tape()), testing::HasSubstr("empty part"));
}

TEST(ExpandLayout, GivesLegalKeysForOddNames) {
  for (const std::string& name :
       {std::string("a b;c.csv"), std::string("-rf"), std::string("Z\xC3\xBCrich.csv"),
        std::string("new\nline.csv"), std::string("caf\xE9.csv"), std::string(255, 'x'),
        std::string(255, '\n'), std::string(251, 'x') + ".csv", std::string(".."),
        std::string("%0A")}) {
    for (const int version : {1, 2}) {
      LayoutValues values = Tape();
      values.remote_name = name;
      const std::string final_name = FinalName(name, name, false, version);
      values.final_name = final_name;
      EXPECT_EQ(KeyProblem(ExpandLayout(Affirm(), Affirm().layout, values)), "") << name;
      EXPECT_EQ(KeyProblem(ExpandLayout(Affirm(), "raw/{date}_{remote_name}", values)), "") << name;
    }
  }
}

TEST(ExpandLayout, LeavesAFullLengthNameAsItIs) {
  const std::string name = std::string(251, 'x') + ".csv";
  LayoutValues values = Tape();
  const std::string final_name = FinalName(name, "", false, 1);
  values.final_name = final_name;
  EXPECT_EQ(ExpandLayout(Affirm(), "data/{name}", values), "data/" + name);
}

TEST(VariablesIn, AreInOrderOfAppearance) {
  EXPECT_THAT(VariablesIn("data/{type}/{provider}_{name}"),
              testing::ElementsAre("type", "provider", "name"));
  EXPECT_THAT(VariablesIn("data"), testing::IsEmpty());
}

TEST(NamePattern, NamesAndNumbersItsGroups) {
  const NamePattern pattern(R"((?<kind>[(]?\w+)\((?:x|y)(\d))");
  EXPECT_THAT(pattern.Groups(), testing::ElementsAre("1", "2", "kind"));
  const auto groups = pattern.Match("loan(x7");
  ASSERT_TRUE(groups.has_value());
  EXPECT_EQ(groups->at("kind"), "loan");
  EXPECT_EQ(groups->at("2"), "7");
}

TEST(NamePattern, MustMatchTheWholeName) {
  EXPECT_FALSE(NamePattern("tape").Match("tape.csv").has_value());
  EXPECT_TRUE(NamePattern("tape.*").Match("tape.csv").has_value());
}

TEST(NamePattern, RefusesWhatIsNoExpression) {
  for (const char* text :
       {"(", "[a", "*", "(?<>x)", "(?<1a>x)", "(?<a>x)(?<a>y)", "(?<a", "(?<=x)y", R"((a)\1)"}) {
    EXPECT_THROW(NamePattern{text}, Error) << text;
  }
}

TEST(NamePattern, BoundsItsOwnSize) {
  EXPECT_NO_THROW(NamePattern(std::string(400, '(') + std::string(400, ')')));
  EXPECT_THROW(NamePattern(std::string(2000, '(') + std::string(2000, ')')), Error);
  EXPECT_THROW(NamePattern("((a{1000}){1000}){1000}"), Error);
}

TEST(NamePattern, NeedsNoExponentialTime) {
  EXPECT_FALSE(NamePattern("(a+)+b").Match(std::string(255, 'a')).has_value());
}

}  // namespace
}  // namespace octo::provider
