#pragma once

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/error.h"
#include "stream/source.h"

// Sources that misbehave on purpose, for tests.
namespace octo::stream {

// Passes the wrapped source's bytes through until `position`, then fails with `error`.
class FailingSource final : public Source {
 public:
  FailingSource(std::unique_ptr<Source> wrapped, uint64_t position, Error error)
      : wrapped_(std::move(wrapped)), left_(position), error_(std::move(error)) {}

  size_t Read(std::span<std::byte> buffer) override {
    if (left_ == 0) throw Error(error_);
    const size_t bytes =
        wrapped_->Read(buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), left_))));
    left_ -= bytes;
    return bytes;
  }

 private:
  std::unique_ptr<Source> wrapped_;
  uint64_t left_;
  Error error_;
};

// Passes the wrapped source's bytes through until `position`, then blocks until stop is requested,
// as a silent server would, and fails with kCancelled.
class StallingSource final : public Source {
 public:
  StallingSource(std::unique_ptr<Source> wrapped, uint64_t position, std::stop_token stop)
      : wrapped_(std::move(wrapped)), left_(position), stop_(std::move(stop)) {}

  size_t Read(std::span<std::byte> buffer) override {
    if (left_ == 0) {
      std::unique_lock lock(mutex_);
      never_.wait(lock, stop_, [] { return false; });
      throw Cancelled("test");
    }
    const size_t bytes =
        wrapped_->Read(buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), left_))));
    left_ -= bytes;
    return bytes;
  }

 private:
  std::unique_ptr<Source> wrapped_;
  uint64_t left_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any never_;
};

}  // namespace octo::stream
