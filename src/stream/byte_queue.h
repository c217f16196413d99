#pragma once

#include <condition_variable>
#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>

namespace octo::stream {

// A bounded queue of bytes between one writer thread and one reader thread: the one concurrency
// primitive of the data path. Both ends can fail it: the writer's failure reaches the reader after
// the bytes before it were read; the reader's Cancel wakes a blocked writer at once. Stop requested
// on the token wakes both with kCancelled.
class ByteQueue {
 public:
  ByteQueue(size_t capacity_bytes, std::stop_token stop);
  ByteQueue(const ByteQueue&) = delete;
  ByteQueue& operator=(const ByteQueue&) = delete;

  // Writer: blocks until all is queued. False when the reader has cancelled (the writer should end
  // quietly). Throws Cancelled when stopped.
  bool Write(std::span<const std::byte> data);
  // Writer: the verified end. Nothing may be written after it.
  void Finish();
  // Writer: the reader gets this exception after the bytes written so far; it is sticky there.
  void Fail(std::exception_ptr error);

  // Reader: blocks for at least one byte; 0 at the end (sticky). Throws the writer's exception, or
  // Cancelled.
  size_t Read(std::span<std::byte> buffer);
  // Reader: wants nothing more.
  void Cancel();

  // For writers that fill in place: a span of at least one free byte at the write end (blocks for
  // it), empty when the reader has cancelled; Commit makes its first `bytes` readable.
  std::span<std::byte> Reserve();
  void Commit(size_t bytes);

 private:
  std::span<std::byte> WaitForRoom(std::unique_lock<std::mutex>& lock);

  std::unique_ptr<std::byte[]> ring_;
  const size_t capacity_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  size_t begin_ = 0;  // offset of the first queued byte
  size_t size_ = 0;   // queued bytes
  bool finished_ = false;
  bool cancelled_ = false;
  std::exception_ptr error_;
};

}  // namespace octo::stream
