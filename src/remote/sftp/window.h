#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace octo::remote::sftp {

// How many bytes may be asked for at once over one connection. It starts small and doubles while
// that makes the transfer faster (the way of distant servers, whose speed is bytes in flight over
// round trip), goes back by one step where it does not, and halves when the server stalls or fails
// (servers break under deep pipelines). One thread.
class Window {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Limits {
    size_t start = 1 << 20;
    size_t least = 128 << 10;
    size_t most = 16 << 20;
  };

  explicit Window(Limits limits) : limits_(limits), bytes_(limits.start), ceiling_(limits.most) {}

  size_t bytes() const { return bytes_; }
  // The most that was found to be safe.
  size_t ceiling() const { return ceiling_; }
  // Channels worth having: OpenSSH's channel window is 2 MiB, more in flight needs more channels.
  size_t Channels() const { return (bytes_ + kChannelBytes - 1) / kChannelBytes; }
  // The size of one read, so that about eight are in flight; never more than the server's limit.
  size_t RequestBytes(size_t most_read) const;

  // Content came in. `held_back`: more would have been asked for but for this window; a rate is
  // only compared when that was so for the whole time measured.
  void Received(size_t bytes, Time now, bool held_back);
  // Begins anew with less.
  void ReduceTo(size_t bytes, Time now) { Set(bytes < bytes_ ? bytes : bytes_, now); }
  // The server stalled, failed or dropped the channel: half of it from now on, and no more than
  // that for long.
  void Stalled(Time now);

 private:
  static constexpr size_t kChannelBytes = 2 << 20;

  void Restart(Time now);
  void Decide(double rate, Time now);
  void Set(size_t bytes, Time now);

  const Limits limits_;
  size_t bytes_;
  size_t ceiling_;
  bool found_ = false;    // a doubling did not help, or harmed: the right size is near
  bool probing_ = false;  // bytes_ was just doubled, from a speed of rate_before_
  double rate_before_ = 0;
  Time next_probe_{};
  Time begun_{};
  uint64_t skipped_ =
      0;  // received since the last change, not measured: asked for under the old window
  uint64_t measured_ = 0;
};

}  // namespace octo::remote::sftp
