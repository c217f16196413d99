#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

namespace octo::stream {

// The bytes in flight that one process allows itself: queues, parts, windows, codecs. Thread-safe;
// must outlive its leases. To keep it free of deadlock: a delivery's minimum is acquired once, at
// admission, by Acquire (which waits and must be called while holding no lease); everything above
// the minimum only by TryAcquire.
class MemoryBudget {
 public:
  // The right to use some bytes; given back when it goes. Movable.
  class Lease {
   public:
    Lease() = default;
    Lease(Lease&& other) noexcept
        : budget_(std::exchange(other.budget_, nullptr)), bytes_(std::exchange(other.bytes_, 0)) {}
    Lease& operator=(Lease&& other) noexcept {
      if (this != &other) {
        Release();
        budget_ = std::exchange(other.budget_, nullptr);
        bytes_ = std::exchange(other.bytes_, 0);
      }
      return *this;
    }
    ~Lease() { Release(); }
    size_t bytes() const { return bytes_; }
    void Release();

   private:
    friend class MemoryBudget;
    Lease(MemoryBudget* budget, size_t bytes) : budget_(budget), bytes_(bytes) {}
    MemoryBudget* budget_ = nullptr;
    size_t bytes_ = 0;
  };

  explicit MemoryBudget(size_t limit_bytes) : limit_(limit_bytes) {}
  MemoryBudget(const MemoryBudget&) = delete;
  MemoryBudget& operator=(const MemoryBudget&) = delete;

  std::optional<Lease> TryAcquire(size_t bytes);
  // Waits until the bytes are there; throws Cancelled when stopped, kUsage when `bytes` exceeds the
  // limit.
  Lease Acquire(size_t bytes, std::stop_token stop);

  size_t limit() const { return limit_; }
  size_t used() const;
  // The most that was ever in use at once.
  size_t peak() const;

 private:
  void Give(size_t bytes);

  const size_t limit_;
  mutable std::mutex mutex_;
  std::condition_variable_any freed_;
  size_t used_ = 0;
  size_t peak_ = 0;
};

}  // namespace octo::stream
