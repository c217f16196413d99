#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "openpgp/secret_bytes.h"

namespace octo::openpgp {

struct ChildResult {
  int exit_code = -1;  // -1: it did not start, or was ended by a signal or the deadline
  SecretBytes output;
  std::string errors;  // what it wrote to stderr, the first part
};

// Runs a program (found in PATH) to its end: `input` on its standard input, its output collected.
// It is killed at the deadline. Safe with threads; leaves no process behind.
ChildResult RunChild(const std::vector<std::string>& arguments, const SecretBytes& input,
                     std::chrono::milliseconds deadline);

}  // namespace octo::openpgp
