#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/planner.h"

namespace octo::pipeline {

// One delivery that waits for a worker of a run.
struct Work {
  PlannedFile file;
  std::string delivery;                         // id
  std::chrono::steady_clock::time_point due{};  // not before
  bool IsLarge() const { return file.entry.bytes >= kLargeBytes; }
  // Large files compete for bandwidth and cores, small ones only wait for round trips: they are
  // counted apart.
  static constexpr uint64_t kLargeBytes = uint64_t{4} << 20;
};

// The deliveries of a run, handed to its workers: the biggest first, at most `most_large` large
// ones at once. Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(int most_large) : most_large_(most_large) {}

  void Add(Work work);
  // The next work, waiting for it while something is running that may be tried again; nullopt when
  // all is done or stop is requested. Every work taken is given back by Done.
  std::optional<Work> Take(const std::stop_token& stop);
  void Done(const Work& work);

 private:
  std::vector<Work>::iterator Next(std::chrono::steady_clock::time_point now);

  const int most_large_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<Work> waiting_;
  int running_ = 0;
  int large_running_ = 0;
};

}  // namespace octo::pipeline
