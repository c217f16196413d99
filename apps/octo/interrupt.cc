#include "interrupt.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>

namespace octo::app {

Interrupt::Interrupt() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  signal(SIGPIPE, SIG_IGN);  // a closed pipe is an error of a write, not the end of the process
  ended_ = eventfd(0, EFD_CLOEXEC);
  thread_ = std::jthread([this] { Wait(); });
}

Interrupt::~Interrupt() {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(ended_, &one, sizeof one);
  thread_.join();
  close(ended_);
}

void Interrupt::Wait() {
  const int signal_fd = signalfd(-1, &signals_, SFD_CLOEXEC);
  pollfd waiting[2] = {{.fd = signal_fd, .events = POLLIN, .revents = 0},
                       {.fd = ended_, .events = POLLIN, .revents = 0}};
  while (poll(waiting, 2, -1) >= 0 || errno == EINTR) {
    if ((waiting[1].revents & POLLIN) != 0) break;
    signalfd_siginfo info{};
    if ((waiting[0].revents & POLLIN) == 0 || read(signal_fd, &info, sizeof info) != sizeof info)
      continue;
    if (stop_.stop_requested() && info.ssi_signo == SIGINT) _exit(130);
    // On a terminal the live view stands there, and says at its end that it was cancelled.
    if (isatty(STDOUT_FILENO) == 0) {
      std::fputs("octo: cancelling; what is in flight is given back\n", stderr);
    }
    stop_.request_stop();
  }
  close(signal_fd);
}

}  // namespace octo::app
