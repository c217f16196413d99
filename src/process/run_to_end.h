#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace octo::process {

struct RunResult {
  int exit_code = 0;  // 128 + the signal's number when it was killed
  std::string out;
  std::string err;  // its last 64 KiB
};

// Runs a program to its end: `input` goes to its standard input, what it prints comes back. The
// whole process group is killed when `stop` is requested (throws kCancelled) or `deadline` has
// passed (kTransient), or when it prints more than 64 MiB (kPermanent); all of process scope. A
// failing exit code is not an error here: the caller knows what it means.
RunResult RunToEnd(const std::vector<std::string>& argv, std::string_view input,
                   std::chrono::milliseconds deadline, std::stop_token stop);

}  // namespace octo::process
