#include "process/run_to_end.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdint>

#include "base/error.h"
#include "process/child.h"
#include "process/without_sigpipe.h"

namespace octo::process {
namespace {

constexpr size_t kMostOutput = 64 << 20;

void WriteSome(Child& child, std::string_view& input) {
  const ssize_t count = write(child.in(), input.data(), input.size());
  if (count > 0) input.remove_prefix(static_cast<size_t>(count));
  const bool gone = count < 0 && errno != EAGAIN && errno != EINTR;
  if (gone || input.empty()) child.CloseIn();
}

void ReadSome(Child& child, std::string& out) {
  std::array<char, 65536> buffer;
  const ssize_t count = read(child.out(), buffer.data(), buffer.size());
  if (count > 0) out.append(buffer.data(), static_cast<size_t>(count));
  if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) child.CloseOut();
}

}  // namespace

RunResult RunToEnd(const std::vector<std::string>& argv, std::string_view input,
                   std::chrono::milliseconds deadline, std::stop_token stop) {
  const auto until = std::chrono::steady_clock::now() + deadline;
  const WithoutSigpipe guard;
  Child child({.argv = argv, .pipe_in = true, .pipe_out = true});
  RunResult result;
  if (input.empty()) child.CloseIn();
  {
    // Killing is what wakes the poll below: the pipes close and the child ends.
    const std::stop_callback kill_on_stop(stop, [&child] { child.Kill(SIGKILL); });
    bool ended = false;
    while (!ended || child.out() >= 0) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now());
      if (left.count() <= 0 || result.out.size() > kMostOutput) break;
      std::array<pollfd, 4> wanted = {{{child.in(), POLLOUT, 0},
                                       {child.out(), POLLIN, 0},
                                       {child.err(), POLLIN, 0},
                                       {ended ? -1 : child.ended(), POLLIN, 0}}};
      // Once it has ended, what it left in the pipes is read, but nobody it left behind is waited
      // for.
      const int wait = ended ? 0 : static_cast<int>(std::min<int64_t>(left.count(), INT32_MAX));
      if (poll(wanted.data(), wanted.size(), wait) == 0 && ended) break;
      if (wanted[0].revents != 0) WriteSome(child, input);
      if (wanted[1].revents != 0) ReadSome(child, result.out);
      if (wanted[2].revents != 0) child.DrainError();
      ended = ended || wanted[3].revents != 0;
    }
  }
  if (stop.stop_requested()) throw Cancelled("run");
  const auto code = child.Wait(std::chrono::milliseconds(0));
  if (!code || result.out.size() > kMostOutput) {
    throw Error(code ? ErrorKind::kPermanent : ErrorKind::kTransient, ErrorScope::kProcess, "run",
                fmt::format("{} {}", argv[0],
                            result.out.size() > kMostOutput
                                ? "printed more than 64 MiB"
                                : fmt::format("did not end within {} ms", deadline.count())));
  }
  child.DrainError();
  result.exit_code = *code;
  result.err = child.error_text();
  return result;
}

}  // namespace octo::process
