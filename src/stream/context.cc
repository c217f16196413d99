#include "stream/context.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

#include "base/error.h"

namespace octo::stream {
namespace {

int MakeEvent() {
  const int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) throw std::system_error(errno, std::generic_category(), "eventfd");
  return fd;
}

}  // namespace

void Context::ThrowIfStopped(const char* stage) const {
  if (stop.stop_requested()) throw Cancelled(stage);
}

void StopEvent::Signal::operator()() const noexcept {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(fd, &one, sizeof one);
}

StopEvent::StopEvent(std::stop_token stop) : fd_(MakeEvent()) {
  callback_.emplace(std::move(stop), Signal{fd_});
}

StopEvent::~StopEvent() {
  callback_.reset();
  close(fd_);
}

}  // namespace octo::stream
