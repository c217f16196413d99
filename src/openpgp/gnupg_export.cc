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
#include "openpgp/child_run.h"

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
  const auto listed =
      RunChild(Command("gpgconf", home, {"--list-dirs", "agent-socket"}), {}, kDeadline);
  std::string path(reinterpret_cast<const char*>(listed.output.data()), listed.output.size());
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

}  // namespace

SecretBytes ExportGnupgHome(const std::string& home, const Secret& passphrase) {
  const std::string agent = AgentSocket(home);
  const bool agent_ran = AgentListens(agent);
  auto keys = RunChild(Command("gpg", home, {"--batch", "--no-tty", "--export"}), {}, kDeadline);
  const auto text = std::as_bytes(std::span(passphrase.Reveal()));
  SecretBytes typed(text.begin(), text.end());
  typed.push_back(std::byte{'\n'});
  const auto secret = RunChild(Command("gpg", home,
                                       {"--batch", "--no-tty", "--pinentry-mode", "loopback",
                                        "--passphrase-fd", "0", "--export-secret-keys"}),
                               typed, kDeadline);
  if (!agent_ran && AgentListens(agent))
    RunChild(Command("gpgconf", home, {"--kill", "gpg-agent"}), {}, kDeadline);
  if (keys.exit_code == -1 || keys.exit_code == 127) {
    throw HomeError(ErrorKind::kUsage, home, "gpg could not be run",
                    "install GnuPG, or name a file of exported keys");
  }
  if (secret.output.empty() && secret.errors.find("assphrase") != std::string::npos) {
    throw HomeError(ErrorKind::kDenied, home, "the passphrase does not unlock its secret keys",
                    "check the passphrase of this key");
  }
  if (keys.output.empty() && secret.output.empty()) {
    const std::string reason = LastLine(keys.errors);
    throw HomeError(ErrorKind::kUsage, home, reason.empty() ? "holds no key" : reason,
                    "check the path; gpg --list-keys shows what it holds");
  }
  keys.output.insert(keys.output.end(), secret.output.begin(), secret.output.end());
  return std::move(keys.output);
}

}  // namespace octo::openpgp
