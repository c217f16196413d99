#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace octo::remote::sftp {

// A cap on bytes per second, kept over any second (a token bucket of a tenth of one); 0 = no cap. A
// large request is let through and paid off afterwards.
class RateLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  explicit RateLimit(uint64_t bytes_per_second) : rate_(static_cast<double>(bytes_per_second)) {}

  bool Take(size_t bytes, Time now) {
    if (rate_ <= 0) return true;
    const double most = rate_ / 10;
    tokens_ += rate_ * std::chrono::duration<double>(now - last_).count();
    if (tokens_ > most) tokens_ = most;
    last_ = now;
    if (tokens_ < 0) {
      refused_ = true;
      return false;
    }
    tokens_ -= static_cast<double>(bytes);
    return true;
  }

  // What was taken is not used.
  void Return(size_t bytes) { tokens_ += static_cast<double>(bytes); }

  // Whether Take has said no since the last call, and how long until it may say yes.
  bool TakeRefusal(std::chrono::milliseconds& pause) {
    if (refused_)
      pause = std::chrono::milliseconds(1 + static_cast<int64_t>(-tokens_ / rate_ * 1000));
    const bool refused = refused_;
    refused_ = false;
    return refused;
  }

 private:
  const double rate_;
  double tokens_ = 0;
  Time last_{};
  bool refused_ = false;
};

}  // namespace octo::remote::sftp
