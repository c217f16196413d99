#include "pipeline/worker.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace octo::pipeline {
namespace {

TEST(Worker, ALivingProcessIsNotGone) { EXPECT_FALSE(IsGone(ThisWorker())); }

TEST(Worker, AnEndedProcessIsGone) {
  int pipe_ends[2];
  ASSERT_EQ(pipe(pipe_ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const std::string name = ThisWorker();
    _exit(write(pipe_ends[1], name.data(), name.size()) == static_cast<ssize_t>(name.size()) ? 0
                                                                                             : 1);
  }
  char name[300];
  const auto size = read(pipe_ends[0], name, sizeof name);
  ASSERT_GT(size, 0);
  waitpid(child, nullptr, 0);
  EXPECT_TRUE(IsGone(std::string_view(name, static_cast<size_t>(size))));
  close(pipe_ends[0]);
  close(pipe_ends[1]);
}

TEST(Worker, ANumberUsedAgainIsAnotherProcess) {
  const std::string worker = ThisWorker();
  EXPECT_TRUE(IsGone(worker.substr(0, worker.rfind(':')) + ":1"));
}

TEST(Worker, OtherHostsAndOtherFormsAreNotJudged) {
  for (const auto* worker : {"", "x", "elsewhere.example:1:1", ":", "a:b:c"})
    EXPECT_FALSE(IsGone(worker)) << worker;
}

}  // namespace
}  // namespace octo::pipeline
