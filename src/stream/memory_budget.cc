#include "stream/memory_budget.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace octo::stream {

void MemoryBudget::Lease::Release() {
  if (budget_ != nullptr) budget_->Give(bytes_);
  budget_ = nullptr;
  bytes_ = 0;
}

std::optional<MemoryBudget::Lease> MemoryBudget::TryAcquire(size_t bytes) {
  const std::lock_guard lock(mutex_);
  if (bytes > limit_ - used_) return std::nullopt;
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return Lease(this, bytes);
}

MemoryBudget::Lease MemoryBudget::Acquire(size_t bytes, std::stop_token stop) {
  if (bytes > limit_) {
    throw Error(
        ErrorKind::kUsage, ErrorScope::kProcess, "start",
        fmt::format("a delivery needs {} bytes of memory and memory_budget is {}", bytes, limit_),
        "raise memory_budget in the configuration");
  }
  std::unique_lock lock(mutex_);
  if (!freed_.wait(lock, std::move(stop), [&] { return bytes <= limit_ - used_; }))
    throw Cancelled("start");
  used_ += bytes;
  peak_ = std::max(peak_, used_);
  return {this, bytes};
}

void MemoryBudget::Give(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
  }
  freed_.notify_all();
}

size_t MemoryBudget::used() const {
  const std::lock_guard lock(mutex_);
  return used_;
}

size_t MemoryBudget::peak() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

}  // namespace octo::stream
