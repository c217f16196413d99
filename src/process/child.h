#pragma once

#include <sys/types.h>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "process/descriptor.h"

namespace octo::process {

struct ChildOptions {
  std::vector<std::string> argv = {};  // argv[0] is looked up in PATH; no shell is involved
  std::vector<std::pair<std::string, std::string>> environment = {};  // added to ours, or replacing it
  bool pipe_in = false;           // otherwise standard input is /dev/null
  bool pipe_out = false;          // otherwise standard output is /dev/null
  int pipe_bytes = 0;             // the size to ask of both pipes; 0 = the kernel's
  size_t error_bytes = 64 << 10;  // how much of standard error is kept: its last bytes
  // The kernel kills the child when the *thread* that started it ends, so that nothing is left
  // behind even when this process is killed. Only for children that never outlive their thread.
  bool dies_with_thread = true;
};

// A child process in a process group of its own (a terminal's Ctrl-C does not reach it) that
// inherits no descriptor but its three standard ones. The destructor ends the whole group (SIGTERM,
// then SIGKILL after 300 ms) and reaps it. One thread at a time, except Kill.
class Child {
 public:
  // Throws kPermanent, or kTransient when the system is out of processes or descriptors; scope
  // process.
  explicit Child(const ChildOptions& options);
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child();

  // Our ends of the pipes, non-blocking; -1 where there is none.
  int in() const { return in_.get(); }
  int out() const { return out_.get(); }
  int err() const { return err_.get(); }
  void CloseIn() { in_.Close(); }
  void CloseOut() { out_.Close(); }
  // Becomes readable when the child has ended.
  int ended() const { return ended_.get(); }
  pid_t pid() const { return pid_; }

  // Takes what standard error holds, without waiting. False when its writing end is closed
  // everywhere.
  bool DrainError();
  // The last bytes of standard error so far drained.
  const std::string& error_text() const { return error_text_; }

  // Waits for the end. The exit code, or 128 + the signal's number; nullopt when it still runs
  // after `most`.
  std::optional<int> Wait(std::chrono::milliseconds most);
  // A signal to the whole group; nothing once it was reaped. May be called by another thread while
  // no Wait runs.
  void Kill(int signal) const;

 private:
  void Reap();

  Descriptor in_;
  Descriptor out_;
  Descriptor err_;
  Descriptor ended_;
  pid_t pid_ = -1;
  std::optional<int> exit_code_;
  size_t error_bytes_;
  std::string error_text_;
};

}  // namespace octo::process
