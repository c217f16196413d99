#include "remote/sftp/window.h"

#include <algorithm>

namespace octo::remote::sftp {
namespace {

constexpr double kWorthIt = 1.2;  // doubling must bring at least this much
constexpr auto kShortest = std::chrono::milliseconds(20);
constexpr auto kProbeAgain = std::chrono::seconds(10);
constexpr auto kCeilingAgain = std::chrono::minutes(10);
constexpr size_t kSmallRead = 32 << 10;

}  // namespace

size_t Window::RequestBytes(size_t most_read) const {
  return std::min(std::max(bytes_ / 8 / kSmallRead * kSmallRead, kSmallRead), most_read);
}

void Window::Received(size_t bytes, Time now, bool held_back) {
  if (!held_back) {
    Restart(now);
    return;
  }
  if (skipped_ < bytes_) {
    skipped_ += bytes;
    begun_ = now;
    return;
  }
  measured_ += bytes;
  const auto time = now - begun_;
  // In the beginning each doubling doubles the speed, or it does not: one window tells.
  const uint64_t enough = found_ ? 3 * bytes_ : bytes_;
  if (measured_ < enough || time < kShortest) return;
  Decide(static_cast<double>(measured_) / std::chrono::duration<double>(time).count(), now);
}

void Window::Decide(double rate, Time now) {
  if (probing_ && rate < rate_before_ * kWorthIt) {
    probing_ = false;
    found_ = true;
    next_probe_ = now + kProbeAgain;
    Set(bytes_ / 2, now);
    return;
  }
  if (now < next_probe_) {
    Restart(now);
    return;
  }
  rate_before_ = rate;
  // The server may have been having a bad day.
  if (bytes_ * 2 > ceiling_ && ceiling_ < limits_.most)
    ceiling_ = std::min(2 * ceiling_, limits_.most);
  probing_ = bytes_ * 2 <= ceiling_;
  if (probing_) {
    Set(bytes_ * 2, now);
  } else {
    next_probe_ = now + kProbeAgain;
    Restart(now);
  }
}

void Window::Stalled(Time now) {
  found_ = true;
  ceiling_ = std::max(limits_.least, std::min(ceiling_, bytes_) / 2);
  probing_ = false;
  next_probe_ = now + kCeilingAgain;
  Set(std::min(bytes_, ceiling_), now);
}

void Window::Set(size_t bytes, Time now) {
  bytes_ = std::clamp(bytes, limits_.least, ceiling_);
  Restart(now);
}

void Window::Restart(Time now) {
  begun_ = now;
  skipped_ = 0;
  measured_ = 0;
}

}  // namespace octo::remote::sftp
