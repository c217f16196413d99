#include "pipeline/work_queue.h"

#include <algorithm>
#include <utility>

namespace octo::pipeline {

using SteadyTime = std::chrono::steady_clock::time_point;

void WorkQueue::Add(Work work) {
  {
    const std::lock_guard lock(mutex_);
    const auto place = std::upper_bound(waiting_.begin(), waiting_.end(), work,
                                        [](const Work& left, const Work& right) {
                                          return left.file.entry.bytes > right.file.entry.bytes;
                                        });
    waiting_.insert(place, std::move(work));
  }
  changed_.notify_all();
}

std::vector<Work>::iterator WorkQueue::Next(SteadyTime now) {
  return std::find_if(waiting_.begin(), waiting_.end(), [&](const Work& work) {
    return work.due <= now && (!work.IsLarge() || large_running_ < most_large_);
  });
}

std::optional<Work> WorkQueue::Take(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    const SteadyTime now = std::chrono::steady_clock::now();
    if (const auto next = Next(now); next != waiting_.end()) {
      Work work = std::move(*next);
      waiting_.erase(next);
      ++running_;
      large_running_ += work.IsLarge() ? 1 : 0;
      return work;
    }
    if (waiting_.empty() && running_ == 0) break;
    SteadyTime due = now + std::chrono::hours(1);
    for (const auto& work : waiting_) {
      if (work.due > now) due = std::min(due, work.due);
    }
    changed_.wait_until(lock, stop, due, [&] {
      return Next(std::chrono::steady_clock::now()) != waiting_.end() ||
             (waiting_.empty() && running_ == 0);
    });
  }
  return std::nullopt;
}

void WorkQueue::Done(const Work& work) {
  {
    const std::lock_guard lock(mutex_);
    --running_;
    large_running_ -= work.IsLarge() ? 1 : 0;
  }
  changed_.notify_all();
}

}  // namespace octo::pipeline
