#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace octo::app {

// Turns SIGINT and SIGTERM into a stop request: the first cancels cleanly, a second SIGINT ends the
// process at once with exit code 130. Make one at the start of main, before any thread: it blocks
// the signals for all of them.
class Interrupt {
 public:
  Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  ~Interrupt();

  std::stop_token token() const { return stop_.get_token(); }

 private:
  void Wait();

  sigset_t signals_{};
  std::stop_source stop_;
  int ended_ = -1;  // eventfd: the destructor wakes the thread
  std::jthread thread_;
};

}  // namespace octo::app
