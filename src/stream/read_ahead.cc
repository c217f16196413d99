#include "stream/read_ahead.h"

#include <utility>

namespace octo::stream {

ReadAhead::ReadAhead(std::unique_ptr<Source> wrapped, size_t capacity_bytes, std::stop_token stop,
                     std::stop_source stop_wrapped)
    : wrapped_(std::move(wrapped)),
      queue_(capacity_bytes, std::move(stop)),
      stop_wrapped_(std::move(stop_wrapped)),
      thread_([this] { Run(); }) {}

ReadAhead::~ReadAhead() {
  queue_.Cancel();
  if (!ended_) stop_wrapped_.request_stop();
  thread_.join();
}

void ReadAhead::Run() {
  try {
    while (true) {
      const auto room = queue_.Reserve();
      if (room.empty()) return;
      const size_t bytes = wrapped_->Read(room);
      if (bytes == 0) break;
      queue_.Commit(bytes);
    }
    queue_.Finish();
  } catch (...) {
    queue_.Fail(std::current_exception());
  }
}

size_t ReadAhead::Read(std::span<std::byte> buffer) {
  try {
    const size_t bytes = queue_.Read(buffer);
    ended_ = bytes == 0;
    return bytes;
  } catch (...) {
    ended_ = true;
    throw;
  }
}

}  // namespace octo::stream
