#include "openpgp/child_run.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

namespace octo::openpgp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kMostErrorBytes = 8 << 10;
constexpr size_t kMostOutputBytes = 64 << 20;

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { Close(); }
  void Close() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

// Our end and the child's. Sockets rather than pipes: writing to one whose reader is gone raises no
// signal.
std::pair<Descriptor, Descriptor> MakePair() {
  int fds[2] = {-1, -1};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0)
    return std::pair<Descriptor, Descriptor>();
  fcntl(fds[0], F_SETFL, O_NONBLOCK);
  return {Descriptor(fds[0]), Descriptor(fds[1])};
}

pid_t Spawn(const std::vector<std::string>& arguments, int in, int out, int err) {
  std::vector<char*> argv;
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, in, STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err, STDERR_FILENO);
  pid_t child = -1;
  const int result = posix_spawnp(&child, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  return result == 0 ? child : -1;
}

// Moves what is there; closes at the end of the stream.
template <typename Out>
void Collect(Descriptor& from, Out& out, size_t most_bytes) {
  std::byte block[4096];
  const ssize_t count = recv(from.get(), block, sizeof block, 0);
  if (count > 0) {
    const auto kept =
        std::min(static_cast<size_t>(count), most_bytes - std::min(most_bytes, out.size()));
    for (const std::byte byte : std::span(block).first(kept))
      out.push_back(static_cast<typename Out::value_type>(byte));
  } else if (count == 0 || errno != EAGAIN) {
    from.Close();
  }
  Wipe(block, sizeof block);
}

void Feed(Descriptor& to, std::span<const std::byte>& input) {
  const ssize_t count = send(to.get(), input.data(), input.size(), MSG_NOSIGNAL);
  if (count >= 0) input = input.subspan(static_cast<size_t>(count));
  if (input.empty() || (count < 0 && errno != EAGAIN)) to.Close();
}

// The exit code; a child that still runs at `end` is killed.
int Reap(pid_t child, Clock::time_point end) {
  int status = 0;
  while (true) {
    const bool late = Clock::now() >= end;
    if (late) kill(child, SIGKILL);
    const pid_t reaped = waitpid(child, &status, late ? 0 : WNOHANG);
    if (reaped == child) return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    if (reaped < 0 && errno != EINTR) return -1;
    if (reaped == 0) poll(nullptr, 0, 2);
  }
}

}  // namespace

ChildResult RunChild(const std::vector<std::string>& arguments, const SecretBytes& input,
                     std::chrono::milliseconds deadline) {
  const auto end = Clock::now() + deadline;
  auto [to, child_in] = MakePair();
  auto [from, child_out] = MakePair();
  auto [errors, child_err] = MakePair();
  ChildResult result;
  const pid_t child = Spawn(arguments, child_in.get(), child_out.get(), child_err.get());
  if (child < 0) return result;
  child_in.Close();
  child_out.Close();
  child_err.Close();
  std::span<const std::byte> left = input;
  if (left.empty()) to.Close();
  while (from.get() >= 0 || errors.get() >= 0) {
    const auto wait =
        std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    pollfd fds[] = {{from.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}, {to.get(), POLLOUT, 0}};
    if (wait <= 0 || (poll(fds, 3, static_cast<int>(wait)) < 0 && errno != EINTR)) break;
    if (fds[0].revents != 0) Collect(from, result.output, kMostOutputBytes);
    if (fds[1].revents != 0) Collect(errors, result.errors, kMostErrorBytes);
    if (fds[2].revents != 0) Feed(to, left);
  }
  result.exit_code = Reap(child, end);
  return result;
}

}  // namespace octo::openpgp
