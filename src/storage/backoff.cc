#include "storage/backoff.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>

namespace octo::storage {

bool Backoff::WaitForNext(const stream::Context& context, const char* stage) {
  if (--tries_left_ <= 0) return false;
  thread_local std::minstd_rand random(std::random_device{}());
  const auto wait = std::chrono::milliseconds(
      std::uniform_int_distribution<int64_t>(longest_.count() / 2, longest_.count())(random));
  longest_ = std::min(2 * longest_, std::chrono::milliseconds(5'000));
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  never.wait_for(lock, context.stop, wait, [] { return false; });
  context.ThrowIfStopped(stage);
  return true;
}

}  // namespace octo::storage
