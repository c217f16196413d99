#include "stream/taps.h"

namespace octo::stream {

size_t HashingSource::Read(std::span<std::byte> buffer) {
  const size_t bytes = wrapped_->Read(buffer);
  if (bytes > 0) {
    digest_.Update(buffer.first(bytes));
    result_.bytes += bytes;
  } else if (result_.sha256.empty()) {
    result_.sha256 = digest_.FinishHex();
  }
  return bytes;
}

size_t CountingSource::Read(std::span<std::byte> buffer) {
  const size_t bytes = wrapped_->Read(buffer);
  progress_.bytes.fetch_add(bytes, std::memory_order_relaxed);
  return bytes;
}

size_t TimedSource::Read(std::span<std::byte> buffer) {
  struct Timer {
    std::atomic<int64_t>& spent;
    std::chrono::steady_clock::time_point start = std::chrono::steady_clock::now();
    ~Timer() {
      spent.fetch_add((std::chrono::steady_clock::now() - start).count(),
                      std::memory_order_relaxed);
    }
  } const timer{spent_};
  return wrapped_->Read(buffer);
}

size_t TeeSource::Pull(std::span<std::byte> buffer) {
  const size_t bytes = wrapped_->Read(buffer);
  if (bytes > 0) copy_.Write(buffer.first(bytes));
  return bytes;
}

}  // namespace octo::stream
