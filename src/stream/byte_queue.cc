#include "stream/byte_queue.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace octo::stream {

ByteQueue::ByteQueue(size_t capacity_bytes, std::stop_token stop)
    : ring_(new std::byte[capacity_bytes]), capacity_(capacity_bytes), stop_(std::move(stop)) {}

std::span<std::byte> ByteQueue::WaitForRoom(std::unique_lock<std::mutex>& lock) {
  const bool woken = changed_.wait(lock, stop_, [&] { return cancelled_ || size_ < capacity_; });
  if (cancelled_) return {};
  if (!woken) throw Cancelled("stream");
  const size_t end = (begin_ + size_) % capacity_;
  return {ring_.get() + end, std::min(capacity_ - size_, capacity_ - end)};
}

std::span<std::byte> ByteQueue::Reserve() {
  std::unique_lock lock(mutex_);
  return WaitForRoom(lock);
}

void ByteQueue::Commit(size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    size_ += bytes;
  }
  changed_.notify_all();
}

bool ByteQueue::Write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const auto room = Reserve();
    if (room.empty()) return false;
    const size_t bytes = std::min(room.size(), data.size());
    std::memcpy(room.data(), data.data(),
                bytes);  // outside the lock: the reader never touches free room
    Commit(bytes);
    data = data.subspan(bytes);
  }
  return true;
}

void ByteQueue::Finish() {
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
  }
  changed_.notify_all();
}

void ByteQueue::Fail(std::exception_ptr error) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_ && !error_) error_ = std::move(error);
  }
  changed_.notify_all();
}

size_t ByteQueue::Read(std::span<std::byte> buffer) {
  std::unique_lock lock(mutex_);
  const bool woken = changed_.wait(lock, stop_, [&] { return size_ > 0 || finished_ || error_; });
  if (size_ == 0) {
    if (finished_) return 0;
    if (error_) std::rethrow_exception(error_);
    if (!woken) {
      error_ = std::make_exception_ptr(Cancelled("stream"));
      std::rethrow_exception(error_);
    }
  }
  const size_t bytes = std::min({buffer.size(), size_, capacity_ - begin_});
  const std::byte* first = ring_.get() + begin_;
  lock.unlock();
  std::memcpy(buffer.data(), first,
              bytes);  // outside the lock: the writer never touches queued bytes
  lock.lock();
  begin_ = (begin_ + bytes) % capacity_;
  size_ -= bytes;
  lock.unlock();
  changed_.notify_all();
  return bytes;
}

void ByteQueue::Cancel() {
  {
    const std::lock_guard lock(mutex_);
    cancelled_ = true;
  }
  changed_.notify_all();
}

}  // namespace octo::stream
