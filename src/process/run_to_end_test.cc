#include "process/run_to_end.h"

#include <gtest/gtest.h>

#include <csignal>
#include <thread>

#include "base/error.h"

namespace octo::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(RunToEnd, GivesOutputErrorsAndExitCode) {
  const auto result = RunToEnd({"sh", "-c", "cat; echo no >&2; exit 3"}, "in", seconds(20), {});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.out, "in");
  EXPECT_EQ(result.err, "no\n");
}

TEST(RunToEnd, PassesMoreThanThePipesHold) {
  const std::string input(3 << 20, 'x');
  EXPECT_TRUE(RunToEnd({"cat"}, input, seconds(60), {}).out == input);
}

TEST(RunToEnd, SurvivesAProgramThatDoesNotReadItsInput) {
  EXPECT_EQ(RunToEnd({"true"}, std::string(3 << 20, 'x'), seconds(20), {}).exit_code, 0);
}

TEST(RunToEnd, DoesNotWaitForWhatTheProgramLeftBehind) {
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(RunToEnd({"sh", "-c", "echo started; sleep 1000 &"}, "", seconds(30), {}).out,
            "started\n");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(20));
}

TEST(RunToEnd, KillsAtTheDeadline) {
  try {
    RunToEnd({"sleep", "1000"}, "", milliseconds(100), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_NE(error.message.find("sleep did not end"), std::string::npos);
  }
}

TEST(RunToEnd, KillsWhenStopped) {
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  try {
    RunToEnd({"sleep", "1000"}, "", seconds(60), stop.get_token());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kCancelled);
  }
}

TEST(RunToEnd, RefusesEndlessOutput) {
  try {
    RunToEnd({"yes"}, "", seconds(60), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(error.message.find("64 MiB"), std::string::npos);
  }
}

}  // namespace
}  // namespace octo::process
