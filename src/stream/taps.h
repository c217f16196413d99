#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "crypto/digest.h"
#include "stream/context.h"
#include "stream/sink.h"
#include "stream/source.h"
#include "stream/sticky_source.h"

// Sources that pass bytes through unchanged and do something beside.
namespace octo::stream {

// What a HashingSource saw; written by the reading thread, to be read after the verified end.
struct HashResult {
  uint64_t bytes = 0;
  std::string sha256;  // set at the verified end only
};

// Computes SHA-256 and the count of what passes. `result` must outlive it.
class HashingSource final : public Source {
 public:
  HashingSource(std::unique_ptr<Source> wrapped, HashResult& result)
      : wrapped_(std::move(wrapped)), result_(result), digest_(crypto::DigestAlgorithm::kSha256) {}
  size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> wrapped_;
  HashResult& result_;
  crypto::Digest digest_;
};

// Adds what passes to `progress`, which must outlive it.
class CountingSource final : public Source {
 public:
  CountingSource(std::unique_ptr<Source> wrapped, Progress& progress)
      : wrapped_(std::move(wrapped)), progress_(progress) {}
  size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> wrapped_;
  Progress& progress_;
};

// Wall-clock time spent inside the wrapped source's Read, waiting included. `spent` must outlive
// it.
class TimedSource final : public Source {
 public:
  TimedSource(std::unique_ptr<Source> wrapped, std::atomic<int64_t>& spent_nanoseconds)
      : wrapped_(std::move(wrapped)), spent_(spent_nanoseconds) {}
  size_t Read(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> wrapped_;
  std::atomic<int64_t>& spent_;
};

// Copies what passes into a sink, which must outlive it. The sink's failure is the source's
// failure. Preparing the sink after the verified end is the caller's.
class TeeSource final : public StickySource {
 public:
  TeeSource(std::unique_ptr<Source> wrapped, Sink& copy)
      : wrapped_(std::move(wrapped)), copy_(copy) {}

 protected:
  size_t Pull(std::span<std::byte> buffer) override;

 private:
  std::unique_ptr<Source> wrapped_;
  Sink& copy_;
};

}  // namespace octo::stream
