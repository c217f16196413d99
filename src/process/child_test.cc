#include "process/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <csignal>
#include <fstream>
#include <memory>
#include <string>
#include <thread>

#include "base/error.h"

namespace octo::process {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::string ReadAll(const Child& child) {
  std::string text;
  while (true) {
    pollfd wanted{child.out(), POLLIN, 0};
    poll(&wanted, 1, 10000);
    char buffer[4096];
    const ssize_t count = read(child.out(), buffer, sizeof buffer);
    if (count <= 0) return text;
    text.append(buffer, static_cast<size_t>(count));
  }
}

bool IsRunning(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  const std::string stat{std::istreambuf_iterator<char>(file), {}};
  const size_t end = stat.rfind(") ");
  return end != std::string::npos && stat[end + 2] != 'Z';
}

TEST(Child, TalksOverItsPipesAndTellsItsExitCode) {
  Child child(
      {.argv = {"sh", "-c", "cat; echo trouble >&2; exit 7"}, .pipe_in = true, .pipe_out = true});
  ASSERT_EQ(write(child.in(), "hello", 5), 5);
  child.CloseIn();
  EXPECT_EQ(ReadAll(child), "hello");
  EXPECT_EQ(child.Wait(seconds(20)), 7);
  EXPECT_EQ(child.Wait(seconds(20)), 7);
  child.DrainError();
  EXPECT_EQ(child.error_text(), "trouble\n");
}

TEST(Child, InheritsNothingButItsThreeStandardDescriptors) {
  // Deliberately inheritable.
  const Descriptor open_file(open("/dev/null", O_RDONLY));
  const Child child({.argv = {"ls", "/proc/self/fd"}, .pipe_out = true});
  EXPECT_EQ(ReadAll(child), "0\n1\n2\n3\n");  // 3 is the folder that it lists
}

TEST(Child, HasAProcessGroupOfItsOwnAndTheGivenEnvironment) {
  const Child child({.argv = {"sh", "-c", "echo $OCTO_TEST $(cut -d' ' -f5 /proc/$$/stat) $$"},
                     .environment = {{"OCTO_TEST", "a b"}},
                     .pipe_out = true});
  EXPECT_EQ(ReadAll(child),
            "a b " + std::to_string(child.pid()) + " " + std::to_string(child.pid()) + "\n");
}

TEST(Child, ItsEndTakesTheWholeFamilyEvenIfTheyIgnoreSigterm) {
  int grandchild = 0;
  const auto begun = std::chrono::steady_clock::now();
  {
    const Child child(
        {.argv = {"sh", "-c", "trap '' TERM; sleep 1000 & echo $!; wait; wait"}, .pipe_out = true});
    pollfd wanted{child.out(), POLLIN, 0};
    ASSERT_EQ(poll(&wanted, 1, 10000), 1);
    char buffer[32] = {};
    ASSERT_GT(read(child.out(), buffer, sizeof buffer - 1), 0);
    grandchild = std::stoi(buffer);
    EXPECT_TRUE(IsRunning(grandchild));
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(10));
  while (IsRunning(grandchild) && std::chrono::steady_clock::now() - begun < seconds(10))
    std::this_thread::yield();
  EXPECT_FALSE(IsRunning(grandchild));
}

TEST(Child, TellsWhichSignalEndedIt) {
  Child child({.argv = {"sleep", "1000"}});
  EXPECT_FALSE(child.Wait(milliseconds(10)));
  child.Kill(SIGKILL);
  EXPECT_EQ(child.Wait(seconds(20)), 128 + SIGKILL);
}

TEST(Child, KeepsOnlyTheLastOfALongStandardError) {
  Child child({.argv = {"sh", "-c", "head -c 300000 /dev/zero >&2; echo the end >&2"},
               .error_bytes = 1000});
  while (child.DrainError()) {
  }
  EXPECT_EQ(child.error_text().size(), 1000U);
  EXPECT_TRUE(child.error_text().ends_with("the end\n"));
}

TEST(Child, AProgramThatDoesNotExistIsSaidAtOnce) {
  try {
    const Child child({.argv = {"octo-no-such-program"}});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kPermanent);
    EXPECT_NE(error.message.find("octo-no-such-program"), std::string::npos);
    EXPECT_FALSE(error.hint.empty());
  }
}

TEST(Child, DiesWithTheThreadThatStartedIt) {
  std::unique_ptr<Child> child;
  std::thread([&] {
    child = std::make_unique<Child>(ChildOptions{.argv = {"sleep", "1000"}});
  }).join();
  EXPECT_EQ(child->Wait(seconds(20)), 128 + SIGKILL);
}

}  // namespace
}  // namespace octo::process
