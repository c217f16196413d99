#include "config/secret_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "config/testing.h"

namespace octo::config {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// What came of one reference.
struct Outcome {
  std::string secret;
  std::string problem;  // the first
};

Outcome Resolve(const Desk& desk, std::string_view reference, const RunCommand& run_command = {}) {
  const Environment environment = desk.Environment();
  Problems problems;
  const Secret secret =
      ResolveSecret(reference, {environment, run_command, desk.Path(""), true}, problems);
  return {secret.Reveal(), problems.empty() ? "" : problems[0].message};
}

TEST(ResolveSecret, ReadsVariables) {
  Desk desk;
  desk.variables["PASSWORD"] = "a b";
  EXPECT_EQ(Resolve(desk, "env:PASSWORD").secret, "a b");
  EXPECT_THAT(Resolve(desk, "env:MISSING").problem, HasSubstr("MISSING is not set"));
}

TEST(ResolveSecret, ReadsFilesWithoutOneNewlineAtTheEnd) {
  const Desk desk;
  desk.Write("unix", " secret \n");
  desk.Write("dos", "secret\r\n");
  desk.Write("two", "secret\n\n");
  desk.Write("empty", "\n");
  EXPECT_EQ(Resolve(desk, "file:unix").secret, " secret ");
  EXPECT_EQ(Resolve(desk, "file:dos").secret, "secret");
  EXPECT_EQ(Resolve(desk, "file:two").secret, "secret\n");
  EXPECT_THAT(Resolve(desk, "file:unix").problem, IsEmpty());
  EXPECT_THAT(Resolve(desk, "file:empty").problem, HasSubstr("is empty"));
  EXPECT_THAT(Resolve(desk, "file:missing").problem, HasSubstr("No such file"));
  EXPECT_THAT(Resolve(desk, "file:").problem, HasSubstr("no file"));
}

TEST(ResolveSecret, FindsTheHomeFolder) {
  const Desk desk;
  desk.Write("home/secret", "at home");
  EXPECT_EQ(Resolve(desk, "file:~/secret").secret, "at home");
}

TEST(ResolveSecret, RunsCommandsOnlyWhereItMay) {
  const Desk desk;
  EXPECT_EQ(Resolve(desk, "command:pass show x").secret, "");
  EXPECT_THAT(Resolve(desk, "command:pass show x").problem, IsEmpty());
  std::vector<std::string> seen;
  const auto outcome =
      Resolve(desk, "command:pass show 'my key'", [&](const std::vector<std::string>& argv) {
        seen = argv;
        return std::string("secret\n");
      });
  EXPECT_EQ(outcome.secret, "secret");
  EXPECT_THAT(seen, testing::ElementsAre("pass", "show", "my key"));
}

TEST(ResolveSecret, ReportsACommandThatFails) {
  const Desk desk;
  const auto fail = [](const std::vector<std::string>&) -> std::string {
    throw Error(ErrorKind::kPermanent, ErrorScope::kProcess, "config", "it failed");
  };
  EXPECT_EQ(Resolve(desk, "command:pass", fail).problem, "it failed");
  EXPECT_THAT(Resolve(desk, "command:pass", [](const auto&) { return std::string("\n"); }).problem,
              HasSubstr("printed nothing"));
  EXPECT_THAT(Resolve(desk, "command:").problem, HasSubstr("not followed by a program"));
  EXPECT_THAT(Resolve(desk, "command:pass 'x").problem, HasSubstr("not followed by a program"));
}

TEST(ResolveSecret, LetsACancelledCommandEndEverything) {
  const Desk desk;
  EXPECT_THROW(
      Resolve(desk, "command:pass", [](const auto&) -> std::string { throw Cancelled("config"); }),
      Error);
}

TEST(ResolveSecret, TakesALiteralWithAWarning) {
  const Desk desk;
  EXPECT_EQ(Resolve(desk, "hunter2").secret, "hunter2");
  EXPECT_THAT(Resolve(desk, "hunter2").problem, HasSubstr("configuration file itself"));
  EXPECT_THAT(Resolve(desk, "").problem, IsEmpty());
}

TEST(MaskedReference, ShowsPlacesButNoSecrets) {
  EXPECT_EQ(MaskedReference("env:NAME"), "env:NAME");
  EXPECT_EQ(MaskedReference("file:keys/x"), "file:keys/x");
  EXPECT_EQ(MaskedReference("command:echo hunter2"), "command:echo …");
  EXPECT_EQ(MaskedReference("hunter2"), "********");
  EXPECT_EQ(MaskedReference(""), "");
}

}  // namespace
}  // namespace octo::config
