#include "openpgp/gnupg_export.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "process/run_to_end.h"

namespace octo::openpgp {
namespace {

constexpr auto kDeadline = std::chrono::seconds(60);

Error HomeError(ErrorKind kind, const std::string& home, std::string_view what, std::string hint) {
  return {kind, ErrorScope::kProvider, "keys",
          fmt::format("the GnuPG home {}: {}", home.empty() ? "of this user" : home, what),
          std::move(hint)};
}

std::vector<std::string> Command(std::string program, const std::string& home,
                                 std::vector<std::string> arguments) {
  std::vector<std::string> command{std::move(program)};
  if (!home.empty()) command.insert(command.end(), {"--homedir", home});
  command.insert(command.end(), arguments.begin(), arguments.end());
  return command;
}

std::string AgentSocket(const std::string& home) {
  std::string path = process::RunToEnd(Command("gpgconf", home, {"--list-dirs", "agent-socket"}),
                                       {}, kDeadline, {})
                         .out;
  path.erase(std::min(path.find('\n'), path.size()));
  return path;
}

bool AgentListens(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) return false;
  std::memcpy(address.sun_path, path.data(), path.size());
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const bool listens =
      connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  close(fd);
  return listens;
}

std::string LastLine(std::string_view text) {
  text = text.substr(0, text.find_last_not_of("\r\n") + 1);
  return std::string(text.substr(text.find_last_of('\n') + 1));
}

struct Exports {
  process::RunResult open;
  process::RunResult secret;
};

Exports RunExports(const std::string& home, const Secret& passphrase) {
  const std::string agent = AgentSocket(home);
  const bool agent_ran = AgentListens(agent);
  Exports exports;
  exports.open = process::RunToEnd(Command("gpg", home, {"--batch", "--no-tty", "--export"}), {},
                                   kDeadline, {});
  const Secret line(passphrase.Reveal() + "\n");
  exports.secret = process::RunToEnd(Command("gpg", home,
                                             {"--batch", "--no-tty", "--pinentry-mode", "loopback",
                                              "--passphrase-fd", "0", "--export-secret-keys"}),
                                     line.Reveal(), kDeadline, {});
  if (!agent_ran && AgentListens(agent)) {
    process::RunToEnd(Command("gpgconf", home, {"--kill", "gpg-agent"}), {}, kDeadline, {});
  }
  return exports;
}

}  // namespace

SecretBytes ExportGnupgHome(const std::string& home, const Secret& passphrase) {
  Exports exports;
  try {
    exports = RunExports(home, passphrase);
  } catch (const Error& error) {
    if (error.kind != ErrorKind::kPermanent) throw;
    throw HomeError(ErrorKind::kUsage, home, error.message,
                    "install GnuPG, or name a file of exported keys");
  }
  if (exports.secret.out.empty() && exports.secret.err.find("assphrase") != std::string::npos) {
    throw HomeError(ErrorKind::kDenied, home, "the passphrase does not unlock its secret keys",
                    "check the passphrase of this key");
  }
  SecretBytes keys;
  for (std::string* const part : {&exports.open.out, &exports.secret.out}) {
    const auto bytes = std::as_bytes(std::span(*part));
    keys.insert(keys.end(), bytes.begin(), bytes.end());
    Wipe(part->data(), part->size());
  }
  if (keys.empty()) {
    const std::string reason = LastLine(exports.open.err);
    throw HomeError(ErrorKind::kUsage, home, reason.empty() ? "holds no key" : reason,
                    "check the path; gpg --list-keys shows what it holds");
  }
  return keys;
}

}  // namespace octo::openpgp
