#include "process/child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <linux/close_range.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include "base/error.h"

extern char** environ;

namespace octo::process {
namespace {

[[noreturn]] void Fail(const std::string& what, int error) {
  const bool shortage = error == EAGAIN || error == ENOMEM || error == EMFILE || error == ENFILE;
  throw Error(shortage ? ErrorKind::kTransient : ErrorKind::kPermanent, ErrorScope::kProcess,
              "start", fmt::format("cannot start {}: {}", what, ErrnoText(error)),
              error == ENOENT ? fmt::format("install {}, or put it into PATH", what) : "");
}

struct Pipe {
  Descriptor read;
  Descriptor write;
};

Pipe MakePipe(const std::string& what) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) Fail(what, errno);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// Our end of a pipe: non-blocking, and as large as the system allows.
Descriptor Ours(Descriptor end, int bytes) {
  fcntl(end.get(), F_SETFL, fcntl(end.get(), F_GETFL) | O_NONBLOCK);
  if (bytes > 0) fcntl(end.get(), F_SETPIPE_SZ, bytes);
  return end;
}

std::vector<std::string> Environment(const ChildOptions& options) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const size_t equals = text.find('=');
    if (equals != std::string::npos) variables[text.substr(0, equals)] = text.substr(equals + 1);
  }
  for (const auto& [name, value] : options.environment) variables[name] = value;
  std::vector<std::string> result;
  for (const auto& [name, value] : variables) result.push_back(name + "=" + value);
  return result;
}

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const auto& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

struct ChildSide {
  std::array<int, 3> standard;
  int report;
  bool dies_with_thread;
  pid_t parent;
  char** argv;
  char** environment;
};

// Between fork and exec: only what is safe there, no allocation.
[[noreturn]] void BecomeProgram(const ChildSide& side) {
  setpgid(0, 0);
  if (side.dies_with_thread) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != side.parent) _exit(127);
  }
  // A standard descriptor may itself be 0, 1 or 2 when ours were closed: move them out of the way
  // first.
  std::array<int, 3> moved{};
  for (size_t i = 0; i < 3; ++i) moved[i] = fcntl(side.standard[i], F_DUPFD_CLOEXEC, 3);
  for (int i = 0; i < 3; ++i) dup2(moved[static_cast<size_t>(i)], i);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  for (int number = 1; number < NSIG; ++number) signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execvpe(side.argv[0], side.argv, side.environment);
  const int error = errno;
  [[maybe_unused]] const auto written = write(side.report, &error, sizeof error);
  _exit(127);
}

int WaitReadable(int fd, std::chrono::milliseconds most) {
  const auto until = std::chrono::steady_clock::now() + most;
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
    pollfd wanted{fd, POLLIN, 0};
    const int ready = poll(&wanted, 1, static_cast<int>(std::max<int64_t>(left.count(), 0)));
    if (ready >= 0 || errno != EINTR) return ready;
  }
}

}  // namespace

Child::Child(const ChildOptions& options) : error_bytes_(options.error_bytes) {
  const std::string& program = options.argv.at(0);
  const Descriptor null(open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!null.valid()) Fail(program, errno);
  Pipe in = options.pipe_in ? MakePipe(program) : Pipe{};
  Pipe out = options.pipe_out ? MakePipe(program) : Pipe{};
  Pipe err = MakePipe(program);
  Pipe report = MakePipe(program);
  const std::vector<std::string> environment = Environment(options);
  std::vector<char*> argv_pointers = Pointers(options.argv);
  std::vector<char*> environment_pointers = Pointers(environment);
  const ChildSide side{{options.pipe_in ? in.read.get() : null.get(),
                        options.pipe_out ? out.write.get() : null.get(), err.write.get()},
                       report.write.get(),
                       options.dies_with_thread,
                       getpid(),
                       argv_pointers.data(),
                       environment_pointers.data()};
  // No signal handler of ours may run in the child before it has become the program.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  const pid_t pid = fork();
  if (pid == 0) BecomeProgram(side);
  const int fork_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) Fail(program, fork_error);
  pid_ = pid;
  setpgid(pid, pid);
  report.write.Close();
  int exec_error = 0;
  if (read(report.read.get(), &exec_error, sizeof exec_error) == sizeof exec_error) {
    Reap();
    Fail(program, exec_error);
  }
  // glibc 2.36 declares pidfd_open without C linkage.
  ended_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (!ended_.valid()) {
    const int error = errno;
    Kill(SIGKILL);
    Reap();
    Fail(program, error);
  }
  if (options.pipe_in) in_ = Ours(std::move(in.write), options.pipe_bytes);
  if (options.pipe_out) out_ = Ours(std::move(out.read), options.pipe_bytes);
  err_ = Ours(std::move(err.read), 0);
}

Child::~Child() {
  if (exit_code_) return;
  Kill(SIGTERM);
  WaitReadable(ended_.get(), std::chrono::milliseconds(300));
  Kill(SIGKILL);  // also what the program has started and left
  Reap();
}

bool Child::DrainError() {
  char buffer[4096];
  while (err_.valid()) {
    const ssize_t count = read(err_.get(), buffer, sizeof buffer);
    if (count < 0) return errno == EAGAIN || errno == EINTR;
    if (count == 0) {
      err_.Close();
      break;
    }
    error_text_.append(buffer, static_cast<size_t>(count));
    if (error_text_.size() > error_bytes_) {
      error_text_.erase(0, error_text_.size() - error_bytes_);
    }
  }
  return err_.valid();
}

std::optional<int> Child::Wait(std::chrono::milliseconds most) {
  if (!exit_code_) {
    if (WaitReadable(ended_.get(), most) <= 0) return std::nullopt;
    // Whatever the program itself has started ends with it.
    Kill(SIGKILL);
    Reap();
  }
  return exit_code_;
}

void Child::Kill(int signal) const {
  if (pid_ > 0 && !exit_code_) kill(-pid_, signal);
}

void Child::Reap() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
  }
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace octo::process
