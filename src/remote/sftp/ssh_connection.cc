#include "remote/sftp/ssh_connection.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <system_error>

#include "base/error.h"
#include "process/run_to_end.h"
#include "remote/sftp/resolve.h"
#include "remote/sftp/ssh_error.h"
#include "stream/context.h"

namespace octo::remote::sftp {
namespace {

constexpr int kPipeBytes = 1 << 20;

using SteadyClock = std::chrono::steady_clock;

// Tells when a file appears in a folder.
process::Descriptor Watch(const std::filesystem::path& folder) {
  process::Descriptor watch(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (inotify_add_watch(watch.get(), folder.c_str(), IN_CREATE | IN_MOVED_TO) < 0) {
    throw std::system_error(errno, std::generic_category(), "inotify");
  }
  return watch;
}

void Empty(int watch) {
  std::array<char, 4096> buffer;
  while (read(watch, buffer.data(), buffer.size()) > 0) {
  }
}

}  // namespace

PrivateFolder::PrivateFolder() {
  // ssh refuses long control paths, so TMPDIR is taken only when it is short.
  const char* configured = std::getenv("TMPDIR");
  std::string name =
      configured != nullptr && std::string_view(configured).size() < 40 ? configured : "/tmp";
  name += "/octo-XXXXXX";
  if (mkdtemp(name.data()) == nullptr)
    throw std::system_error(errno, std::generic_category(), name);
  path_ = name;
}

PrivateFolder::~PrivateFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

SshConnection::SshConnection(const SftpOptions& options, std::stop_token stop)
    : options_(options), paths_{folder_.path() / "c", folder_.path() / "h"} {
  CheckOptions(options_);
  helper_ = std::make_unique<HelperServer>(options_, HostAlias(options_.host, options_.port),
                                           paths_.helper);
  const bool proxy_resolves = !options_.proxy_jump.empty() || !options_.socks_proxy.empty();
  const auto addresses = proxy_resolves
                             ? std::vector<std::string>{options_.host}
                             : ResolveHost(options_.host, options_.connect_timeout, stop);
  for (size_t i = 0; i < addresses.size(); ++i) {
    if (TryAddress(addresses[i], i + 1 == addresses.size(), stop)) return;
  }
}

bool SshConnection::TryAddress(const std::string& address, bool is_last, std::stop_token stop) {
  address_ = address;
  master_ = std::make_unique<process::Child>(
      process::ChildOptions{.argv = MasterCommand(options_, paths_, address),
                            .environment = SshEnvironment(options_, paths_)});
  if (WaitForLogin(stop)) return true;
  master_->DrainError();
  const std::string text = master_->error_text();
  const auto expected = IsHostKeyRefusal(text) ? ExpectedKeys(stop) : std::vector<std::string>{};
  const bool timed_out = !master_->Wait(std::chrono::milliseconds(0));
  master_.reset();
  const Error error =
      timed_out ? Error(ErrorKind::kTransient, ErrorScope::kProvider, "connect",
                        fmt::format("{}:{} ({}) did not complete the login within {} s",
                                    options_.host, options_.port, address,
                                    options_.connect_timeout / std::chrono::seconds(1)),
                        "the server may be overloaded: try later, or raise connect_timeout")
                : LoginError(options_, address, text, *helper_, expected);
  if (is_last || error.kind != ErrorKind::kTransient) throw error;
  return false;
}

bool SshConnection::WaitForLogin(std::stop_token stop) {
  const process::Descriptor watch = Watch(folder_.path());
  const stream::StopEvent stopped(stop);
  // A little more than ssh's own limit on the TCP connection, whose message says more than ours.
  const auto until = SteadyClock::now() + options_.connect_timeout + std::chrono::seconds(1);
  while (access(paths_.control.c_str(), F_OK) != 0) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - SteadyClock::now());
    if (left.count() <= 0) return false;
    std::array<pollfd, 5> wanted = {{{stopped.fd(), POLLIN, 0},
                                     {watch.get(), POLLIN, 0},
                                     {helper_->fd(), POLLIN, 0},
                                     {master_->ended(), POLLIN, 0},
                                     {master_->err(), POLLIN, 0}}};
    poll(wanted.data(), wanted.size(), static_cast<int>(left.count()));
    if (wanted[0].revents != 0) throw Cancelled("connect");
    if (wanted[1].revents != 0) Empty(watch.get());
    if (wanted[2].revents != 0) helper_->Answer();
    if (wanted[4].revents != 0) master_->DrainError();
    if (wanted[3].revents != 0) return false;
  }
  return true;
}

std::unique_ptr<process::Child> SshConnection::OpenChannel() {
  return std::make_unique<process::Child>(
      process::ChildOptions{.argv = ChannelCommand(options_, paths_),
                            .environment = SshEnvironment(options_, paths_),
                            .pipe_in = true,
                            .pipe_out = true,
                            .pipe_bytes = kPipeBytes});
}

bool SshConnection::Ended() { return master_->Wait(std::chrono::milliseconds(0)).has_value(); }

std::string SshConnection::Text() {
  master_->DrainError();
  return master_->error_text();
}

std::vector<std::string> SshConnection::ExpectedKeys(std::stop_token stop) const {
  std::vector<std::string> keys;
  if (!options_.host_keys.empty()) return keys;
  std::vector<std::string> files = options_.known_hosts;
  const char* home = std::getenv("HOME");
  if (files.empty() && home != nullptr) files.push_back(std::string(home) + "/.ssh/known_hosts");
  for (const auto& file : files) {
    const auto found = process::RunToEnd(
        {"ssh-keygen", "-l", "-F", HostAlias(options_.host, options_.port), "-f", file}, "",
        std::chrono::seconds(5), stop);
    // "# Host x found: line 1", then "x ED25519 SHA256:… ".
    std::istringstream lines(found.out);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("#") || line.find(' ') == std::string::npos) continue;
      keys.push_back(line.substr(line.find(' ') + 1));
    }
  }
  return keys;
}

}  // namespace octo::remote::sftp
