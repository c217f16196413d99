#pragma once

#include <cstddef>
#include <span>

#include "stream/prepared_object.h"

namespace octo::stream {

// Where bytes are written: invisible until published.
//
// The invariant: nothing written to a sink can be seen by anybody until its PreparedObject has been
// published by the store that made the sink, and a sink that is destroyed without Prepare leaves no
// trace (best effort when the store can't be reached any more: recovery then finds it by its
// attempt).
//
// - Write takes all the bytes or throws (octo::Error). After a throw the sink is dead: every later
// call throws again.
// - Prepare makes what was written durable and returns what is needed to publish it. Call it once,
// after the source's
//   verified end; no Write after it.
// - One thread at a time. The destructor throws nothing.
class Sink {
 public:
  Sink() = default;
  Sink(const Sink&) = delete;
  Sink& operator=(const Sink&) = delete;
  virtual ~Sink() = default;

  virtual void Write(std::span<const std::byte> data) = 0;
  virtual PreparedObject Prepare() = 0;
};

}  // namespace octo::stream
