#pragma once

#include <memory>
#include <thread>

#include "stream/byte_queue.h"
#include "stream/context.h"
#include "stream/source.h"

namespace octo::stream {

// Runs the source it wraps on a thread of its own, `capacity_bytes` ahead of the reader. The
// wrapped source is used by that thread alone and destroyed by the thread that destroys this.
// Destruction waits for the thread: the wrapped source must honour `stop_wrapped` (the source given
// to the constructor is what its leaves were made with) or end its reads by itself.
class ReadAhead final : public Source {
 public:
  // `stop_wrapped` is asked to stop when this is destroyed before its end; it must be the source of
  // the token in the wrapped leaves' Context. Pass a stop_source without state (std::nostopstate)
  // if they can't block for long.
  ReadAhead(std::unique_ptr<Source> wrapped, size_t capacity_bytes, std::stop_token stop,
            std::stop_source stop_wrapped = std::stop_source(std::nostopstate));
  ~ReadAhead() override;

  size_t Read(std::span<std::byte> buffer) override;

 private:
  void Run();

  std::unique_ptr<Source> wrapped_;
  ByteQueue queue_;
  std::stop_source stop_wrapped_;
  bool ended_ = false;  // the reader has seen the end or the error
  std::thread thread_;
};

}  // namespace octo::stream
