#include "remote/sftp/diagnose.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include "base/error.h"
#include "base/time.h"
#include "crypto/digest.h"
#include "process/descriptor.h"
#include "remote/sftp/listing.h"
#include "remote/sftp/profile.h"
#include "remote/sftp/resolve.h"
#include "remote/sftp/session.h"
#include "remote/sftp/sftp_folder.h"
#include "remote/sftp/ssh_connection.h"
#include "stream/memory_source.h"

namespace octo::remote {
namespace {

using namespace sftp;  // NOLINT: this file is about sftp only

// Connects to a numeric address and hangs up. Empty when it works, otherwise why not.
std::string TryTcp(const std::string& address, uint16_t port, std::chrono::milliseconds most,
                   const stream::StopEvent& stopped) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) return gai_strerror(error);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const process::Descriptor connection(
      socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!connection.valid()) return ErrnoText(errno);
  if (connect(connection.get(), found->ai_addr, found->ai_addrlen) == 0) return {};
  if (errno != EINPROGRESS) return ErrnoText(errno);
  std::array<pollfd, 2> wanted = {{{connection.get(), POLLOUT, 0}, {stopped.fd(), POLLIN, 0}}};
  if (poll(wanted.data(), wanted.size(), static_cast<int>(most.count())) == 0) return "no answer";
  if (wanted[1].revents != 0) throw Cancelled("connect");
  int failure = 0;
  socklen_t size = sizeof failure;
  getsockopt(connection.get(), SOL_SOCKET, SO_ERROR, &failure, &size);
  return failure == 0 ? "" : ErrnoText(failure);
}

class Diagnosis {
 public:
  Diagnosis(const SftpOptions& options, bool may_write,
            const std::function<void(const CheckResult&)>& visit, const stream::Context& context)
      : options_(options),
        may_write_(may_write),
        visit_(visit),
        context_(context),
        stopped_(context.stop) {}

  void Run() {
    if (options_.proxy_jump.empty() && options_.socks_proxy.empty()) {
      Check("name", [&] { return ResolveName(); });
      Check("tcp", [&] { return TryAddresses(); });
    }
    Check("host key", [&] { return LookAtHostKey(); });
    Check("login", [&] { return LogIn(); });
    Check("inbox", [&] { return ListInbox(); });
    Check("server", [&] { return DescribeServer(); });
    Check("clock", [&] { return CompareClocks(); });
  }

 private:
  template <typename Function>
  void Check(const std::string& name, Function function) {
    if (!failed_.empty()) {
      visit_({.name = name,
              .detail = fmt::format("skipped, because the check \"{}\" failed", failed_),
              .skipped = true});
      return;
    }
    try {
      const std::string detail = function();
      visit_({name, true, detail, ""});
    } catch (...) {
      const Error error = CurrentError(name);
      if (error.kind == ErrorKind::kCancelled) throw error;
      failed_ = name;
      visit_({name, false, error.message, error.hint});
    }
  }

  std::string ResolveName() {
    addresses_ = ResolveHost(options_.host, options_.connect_timeout, context_.stop);
    return fmt::format("{} is {}", options_.host, fmt::join(addresses_, ", "));
  }

  std::string TryAddresses() {
    size_t reached = 0;
    std::string reasons;
    for (const auto& address : addresses_) {
      const std::string why = TryTcp(address, options_.port, options_.connect_timeout, stopped_);
      visit_({"tcp " + address, why.empty(),
              why.empty() ? fmt::format("port {} answers", options_.port) : why, ""});
      reached += why.empty();
      if (!why.empty()) reasons += (reasons.empty() ? "" : "; ") + address + ": " + why;
    }
    if (reached == 0) {
      throw Error(ErrorKind::kTransient, ErrorScope::kProvider, "connect",
                  fmt::format("port {} can't be reached: {}", options_.port, reasons),
                  "check host and port, and whether the vendor allows this machine's address");
    }
    return fmt::format("{} of {} addresses can be reached", reached, addresses_.size());
  }

  // A login without any means gets as far as the server's list of accepted methods.
  std::string LookAtHostKey() {
    SftpOptions bare = options_;
    bare.private_key.clear();
    bare.password = {};
    bare.use_agent = false;
    if (!options_.proxy_jump.empty()) return "looked at by the login, behind the jump host";
    try {
      const SshConnection connection(bare, context_.stop);
      return "the key exchange works and the host key is the expected one";
    } catch (const Error& error) {
      if (error.stage != "login") throw;  // a refused login is what was to be expected
      return "the key exchange works and the host key is the expected one";
    }
  }

  std::string LogIn() {
    const SshConnection connection(options_, context_.stop);
    std::string key;
    if (!connection.host_keys().empty()) {
      key = fmt::format(", host key {} {}", connection.host_keys().front().type,
                        connection.host_keys().front().fingerprint);
    }
    return fmt::format("{} is logged in at {}{}", options_.user, connection.address(), key);
  }

  std::string ListInbox() {
    session_ = std::make_unique<Session>(options_);
    const std::string inbox = FindInbox(*session_, context_);
    size_t files = 0;
    size_t others = 0;
    ListFolder(
        *session_, inbox.empty() ? "." : inbox,
        [&](const RemoteEntry& entry) {
          ++(entry.is_file ? files : others);
          newest_ = std::max(newest_, entry.modified);
        },
        context_);
    return fmt::format("\"{}\" holds {} files and {} other entries", inbox, files, others);
  }

  std::string DescribeServer() {
    const auto traits = session_->traits();
    if (!traits) return "nothing is known";
    std::string names;
    for (const auto& [name, value] : traits->extensions)
      names += (names.empty() ? "" : ", ") + name;
    return fmt::format("SFTP version {}, reads of up to {} bytes{}; extensions: {}",
                       traits->version, traits->most_read,
                       traits->has_limits ? "" : " (it does not tell its limits)",
                       names.empty() ? "none" : names);
  }

  std::string CompareClocks() {
    if (may_write_) {
      const auto folder = MakeSftpFolder(options_);
      const std::string name = ".octo-clock-" + crypto::RandomUuid();
      stream::MemorySource content("clock\n");
      folder->Put(name, content, context_);
      folder->Remove(name, context_);
      const auto offset = ParseProfile(folder->LearnedProfile()).clock_offset_seconds;
      return offset ? fmt::format("the server's clock minus ours is {} s", *offset)
                    : "the server tells no times";
    }
    const auto ahead = std::chrono::floor<std::chrono::seconds>(newest_ - SystemNow()).count();
    if (ahead > 2)
      return fmt::format("the server's clock is at least {} s ahead: its newest file says so",
                         ahead);
    return "unknown: telling it needs a file to be written, which was not allowed";
  }

  const SftpOptions& options_;
  const bool may_write_;
  const std::function<void(const CheckResult&)>& visit_;
  const stream::Context& context_;
  const stream::StopEvent stopped_;
  std::vector<std::string> addresses_;
  std::string failed_;
  std::unique_ptr<Session> session_;
  WallTime newest_{};
};

}  // namespace

void DiagnoseSftp(const SftpOptions& options, bool may_write,
                  const std::function<void(const CheckResult&)>& visit,
                  const stream::Context& context) {
  Diagnosis(options, may_write, visit, context).Run();
}

}  // namespace octo::remote
