#pragma once

#include <chrono>

#include "stream/context.h"

namespace octo::storage {

// The waits between the tries of one call: they double from a tenth of a second up to five seconds,
// each shortened by chance, so that many clients don't come back all at once.
class Backoff {
 public:
  explicit Backoff(int tries) : tries_left_(tries) {}

  // Whether another try is left; waits before it. Throws Cancelled(stage) as soon as a stop is
  // requested.
  bool WaitForNext(const stream::Context& context, const char* stage);

 private:
  int tries_left_;
  std::chrono::milliseconds longest_{100};
};

}  // namespace octo::storage
