#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "output.h"

namespace octo::sample {

// A program that is being run; its standard input is this output, its standard output goes to a
// file (or is thrown away). Programs are found on PATH. Finish closes the input, waits, and throws
// octo::Error with what the program wrote to standard error when it did not end with 0. A child
// whose Child goes before that is killed and reaped. The process must ignore SIGPIPE
// (IgnoreBrokenPipes).
class Child : public Output {
 public:
  // `environment`: "NAME=value", added to this process's own. `standard_output`: empty = /dev/null.
  Child(const std::vector<std::string>& command, const std::vector<std::string>& environment,
        const std::filesystem::path& standard_output = {});
  ~Child() override;

  void Write(std::string_view bytes) override;
  void Finish() override;

 private:
  std::string ErrorText() const;

  std::string name_;
  pid_t process_ = -1;
  int input_ = -1;   // our end of the pipe
  int errors_ = -1;  // an anonymous file: a program can't block on it
};

void IgnoreBrokenPipes();

}  // namespace octo::sample
