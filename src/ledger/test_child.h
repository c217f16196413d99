#pragma once

#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

namespace octo::ledger {

// A forked process that runs `body` and ends; exits with 1 when it throws. Killed at the latest
// when this goes. Make it while this process has one thread and no ledger open.
class TestChild {
 public:
  explicit TestChild(const std::function<void()>& body) : pid_(::fork()) {
    if (pid_ < 0) throw std::runtime_error("fork failed");
    if (pid_ > 0) return;
    int code = 1;
    try {
      body();
      code = 0;
    } catch (const std::exception& error) {
      std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(code);
  }
  TestChild(TestChild&& other) noexcept : pid_(std::exchange(other.pid_, 0)) {}
  TestChild& operator=(TestChild&&) = delete;
  ~TestChild() { Kill(); }

  void Kill() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    Wait();
  }
  // Waits for its end; whether the body ran to its end.
  bool Wait() {
    int status = -1;
    if (pid_ > 0) ::waitpid(std::exchange(pid_, 0), &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
  }

 private:
  pid_t pid_;
};

// What a child wrote to the descriptor that `body` is given, until the child's end.
inline std::string OutputOfChild(const std::function<void(int out)>& body) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  TestChild child([&] { body(ends[1]); });
  ::close(ends[1]);
  std::string output;
  char buffer[4096];
  while (const ssize_t count = ::read(ends[0], buffer, sizeof buffer)) {
    if (count < 0) break;
    output.append(buffer, static_cast<size_t>(count));
  }
  ::close(ends[0]);
  child.Wait();
  return output;
}

// In a child: gives up root's rights, if it has them.
inline void BecomeNobody() {
  constexpr unsigned kNobody = 65534;
  if (::geteuid() != 0) return;
  if (::setgroups(0, nullptr) != 0 || ::setgid(kNobody) != 0 || ::setuid(kNobody) != 0) {
    throw std::runtime_error("can't become nobody");
  }
}

}  // namespace octo::ledger
