#include "pipeline/work_queue.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

namespace octo::pipeline {
namespace {

Work WorkOf(const std::string& name, uint64_t bytes) {
  return {.file = {.entry = {.path = name, .bytes = bytes}}, .delivery = name};
}

TEST(WorkQueue, GivesTheBiggestFirst) {
  WorkQueue queue(4);
  queue.Add(WorkOf("small", 1));
  queue.Add(WorkOf("big", 1 << 30));
  queue.Add(WorkOf("middle", 1000));
  EXPECT_EQ(queue.Take({})->delivery, "big");
  EXPECT_EQ(queue.Take({})->delivery, "middle");
  EXPECT_EQ(queue.Take({})->delivery, "small");
}

TEST(WorkQueue, LimitsLargeFilesButNotSmallOnes) {
  WorkQueue queue(1);
  queue.Add(WorkOf("big 1", 1 << 30));
  queue.Add(WorkOf("big 2", 1 << 29));
  queue.Add(WorkOf("small", 1));
  const auto first = queue.Take({});
  EXPECT_EQ(first->delivery, "big 1");
  EXPECT_EQ(queue.Take({})->delivery, "small") << "a small file waits for no large one";
  queue.Done(*first);
  EXPECT_EQ(queue.Take({})->delivery, "big 2");
}

TEST(WorkQueue, EndsWhenAllIsDoneAndNotBefore) {
  WorkQueue queue(4);
  queue.Add(WorkOf("only", 1));
  const auto work = queue.Take({});
  std::atomic<bool> ended = false;
  std::jthread other([&] {
    // Waits: the running one may come back to be tried again.
    if (const auto again = queue.Take({})) queue.Done(*again);
    ended = !queue.Take({}).has_value();
  });
  queue.Add(*work);
  queue.Done(*work);
  other.join();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(queue.Take({}));
}

TEST(WorkQueue, HoldsWorkBackUntilItIsDue) {
  WorkQueue queue(4);
  auto later = WorkOf("later", 100);
  later.due = std::chrono::steady_clock::now() + std::chrono::milliseconds(50);
  queue.Add(later);
  queue.Add(WorkOf("now", 1));
  EXPECT_EQ(queue.Take({})->delivery, "now");
  EXPECT_EQ(queue.Take({})->delivery, "later");
  EXPECT_GE(std::chrono::steady_clock::now(), later.due);
}

TEST(WorkQueue, StopWakesAWaitingWorker) {
  WorkQueue queue(1);
  queue.Add(WorkOf("running", 1));
  const auto running = queue.Take({});
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  EXPECT_FALSE(queue.Take(stop.get_token()));
}

}  // namespace
}  // namespace octo::pipeline
