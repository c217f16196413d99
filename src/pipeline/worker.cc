#include "pipeline/worker.h"

#include <fmt/core.h>
#include <unistd.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <sstream>

namespace octo::pipeline {
namespace {

std::string HostName() {
  char host[256] = "localhost";
  gethostname(host, sizeof host - 1);
  return host;
}

// Field 22 of /proc/PID/stat; empty when there is no such process. The second field, the command's
// name in parentheses, may hold anything, so fields are counted after the last ')'.
std::string StartOf(int pid) {
  std::ifstream file(fmt::format("/proc/{}/stat", pid));
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return {};
  std::istringstream fields(text.substr(name_end + 1));
  std::string field;
  for (int number = 3; number <= 22; ++number) fields >> field;
  return field;
}

}  // namespace

std::string ThisWorker() {
  return fmt::format("{}:{}:{}", HostName(), getpid(), StartOf(getpid()));
}

bool IsGone(std::string_view worker) {
  const size_t second = worker.rfind(':');
  const size_t first = second == std::string_view::npos ? second : worker.rfind(':', second - 1);
  if (first == std::string_view::npos || worker.substr(0, first) != HostName()) return false;
  int pid = 0;
  const auto [end, error] = std::from_chars(worker.data() + first + 1, worker.data() + second, pid);
  if (error != std::errc() || end != worker.data() + second) return false;
  return StartOf(pid) != worker.substr(second + 1);
}

}  // namespace octo::pipeline
