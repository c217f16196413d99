#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "stream/memory_budget.h"

namespace octo::stream {

// Bytes moved, for a person who watches: written by a leaf, read by anybody.
struct Progress {
  std::atomic<uint64_t> bytes = 0;
};

// What every leaf (socket, pipe, curl) is given when it is made, and honours wherever it waits. A
// value; the pointers are not owned and must outlive the leaf. Null pointers mean: unlimited,
// nobody watches.
struct Context {
  std::stop_token stop;
  // The longest wait for any sign of life from the other side before the leaf gives up with a
  // transient error.
  std::chrono::milliseconds silence = std::chrono::seconds(60);
  MemoryBudget* budget = nullptr;
  Progress* progress = nullptr;

  // Throws Cancelled(stage) if stop was requested.
  void ThrowIfStopped(const char* stage) const;
};

// A file descriptor that becomes readable when stop is requested: add it to a poll set, so that a
// wait can be woken.
class StopEvent {
 public:
  explicit StopEvent(std::stop_token stop);
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;
  ~StopEvent();
  int fd() const { return fd_; }

 private:
  struct Signal {
    int fd;
    void operator()() const noexcept;
  };
  int fd_;
  std::optional<std::stop_callback<Signal>> callback_;  // gone before the descriptor is closed
};

}  // namespace octo::stream
