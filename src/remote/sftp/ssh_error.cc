#include "remote/sftp/ssh_error.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace octo::remote::sftp {
namespace {

bool Has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

// The last line that says something, without ssh's carriage returns.
std::string LastLine(std::string text) {
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  text.erase(text.find_last_not_of("\n ") + 1);
  const size_t newline = text.rfind('\n');
  return newline == std::string::npos ? text : text.substr(newline + 1);
}

// The line that holds `part`, from it on.
std::string LineFrom(const std::string& text, std::string_view part) {
  const size_t begin = text.find(part);
  return begin == std::string::npos ? ""
                                    : text.substr(begin, text.find_first_of("\r\n", begin) - begin);
}

Error HostKeyError(const SftpOptions& options, const HelperServer& helper,
                   const std::vector<std::string>& expected_keys) {
  std::vector<std::string> expected = expected_keys;
  for (const auto& key : options.host_keys) {
    expected.push_back(fmt::format("{} {}", key.substr(0, key.find(' ')), Fingerprint(key)));
  }
  std::vector<std::string> seen;
  std::vector<std::string> lines;
  for (const auto& key : helper.seen()) {
    seen.push_back(fmt::format("{} {}", key.type, key.fingerprint));
    lines.push_back(fmt::format("host_keys = [\"{} {}\"]", key.type, key.key));
  }
  return {ErrorKind::kDenied, ErrorScope::kProvider, "connect",
          fmt::format("the host key of {}:{} is not trusted: the server showed {}, expected was {}",
                      options.host, options.port,
                      seen.empty() ? "an unusable key" : fmt::format("{}", fmt::join(seen, ", ")),
                      expected.empty() ? "no key (none is configured or known)"
                                       : fmt::format("{}", fmt::join(expected, " or "))),
          fmt::format("ask the vendor by another way whether this fingerprint is theirs; if so, "
                      "put this into the provider's sftp section: {}",
                      lines.empty() ? "host_keys = [\"TYPE KEY\"]"
                                    : fmt::format("{}", fmt::join(lines, " ")))};
}

Error RefusedLogin(const SftpOptions& options, const std::string& text,
                   const HelperServer& helper) {
  std::string hint =
      "check the user name, the key or password, and that the vendor installed our public key";
  std::string reason = LineFrom(text, "Permission denied (");
  if (Has(text, "UNPROTECTED PRIVATE KEY FILE")) {
    hint = fmt::format("others may read the private key, so ssh ignores it: chmod 600 {}",
                       options.private_key);
  } else if (Has(text, "not accessible: No such file")) {
    hint = fmt::format("the private key {} does not exist", options.private_key);
  } else if (helper.passphrase_asked()) {
    hint = options.key_passphrase.empty()
               ? "the private key is encrypted: configure its passphrase (key_passphrase)"
               : "the private key's passphrase may be wrong (key_passphrase)";
  } else if (!helper.unanswered().empty()) {
    hint = fmt::format("the server asked \"{}\", to which no answer is configured",
                       helper.unanswered());
  }
  if (reason.empty()) reason = LastLine(text);
  return {ErrorKind::kDenied, ErrorScope::kProvider, "login",
          fmt::format("{} refused the login of {}: {}", options.host, options.user, reason), hint};
}

struct Rule {
  const char* part;
  ErrorKind kind;
  const char* stage;
  const char* hint;
};

constexpr std::array<Rule, 17> kRules = {{
    // What a proxy says first: the other texts may be its reasons.
    {"SOCKS proxy", ErrorKind::kTransient, "connect",
     "check that the SOCKS proxy runs (sftp.socks_proxy)"},
    {"stdio forwarding failed", ErrorKind::kTransient, "connect",
     "the jump host can't reach the server"},
    {"no matching", ErrorKind::kPermanent, "connect",
     "the server offers old algorithms only: add what it offers to the provider's sftp algorithms"},
    {"Bad SSH2", ErrorKind::kUsage, "connect", "correct the provider's sftp algorithms"},
    {"Bad configuration option", ErrorKind::kUsage, "connect", "OpenSSH 8.5 or newer is needed"},
    {"Bad key types", ErrorKind::kUsage, "connect", "correct the provider's sftp algorithms"},
    {"Too many authentication failures", ErrorKind::kDenied, "login",
     "the agent offers too many keys: configure private_key"},
    {"Could not resolve hostname", ErrorKind::kTransient, "connect",
     "check the host's name and the name service"},
    {"Connection refused", ErrorKind::kTransient, "connect",
     "check host and port, and the vendor's list of allowed addresses"},
    {"Connection timed out", ErrorKind::kTransient, "connect",
     "a firewall may drop our packets: ask the vendor whether this machine's address is allowed"},
    {"Operation timed out", ErrorKind::kTransient, "connect",
     "a firewall may drop our packets: ask the vendor whether this machine's address is allowed"},
    {"No route to host", ErrorKind::kTransient, "connect",
     "check the network and the host's address"},
    {"Network is unreachable", ErrorKind::kTransient, "connect", "check the network"},
    {"Connection reset", ErrorKind::kTransient, "connect",
     "the server or a firewall cut the connection: try later"},
    {"Connection closed by", ErrorKind::kTransient, "connect",
     "the server closed the connection: it may be full, or block us"},
    {"kex_exchange_identification", ErrorKind::kTransient, "connect",
     "check that an SSH server listens on this port"},
    {"Could not create", ErrorKind::kTransient, "connect", ""},
}};

}  // namespace

bool IsHostKeyRefusal(const std::string& ssh_text) {
  return Has(ssh_text, "Host key verification failed") ||
         Has(ssh_text, "REMOTE HOST IDENTIFICATION HAS CHANGED") ||
         (Has(ssh_text, "host key is known for") && Has(ssh_text, "strict checking"));
}

bool IsSessionRefusal(const std::string& ssh_text) {
  return Has(ssh_text, "session request failed") || Has(ssh_text, "Session open refused") ||
         Has(ssh_text, "open failed");
}

Error LoginError(const SftpOptions& options, const std::string& address,
                 const std::string& ssh_text, const HelperServer& helper,
                 const std::vector<std::string>& expected_keys) {
  if (IsHostKeyRefusal(ssh_text)) return HostKeyError(options, helper, expected_keys);
  if (Has(ssh_text, "Permission denied (")) return RefusedLogin(options, ssh_text, helper);
  for (const Rule& rule : kRules) {
    if (!Has(ssh_text, rule.part)) continue;
    std::string line = LastLine(ssh_text);
    if (!Has(line, rule.part)) line = LineFrom(ssh_text, rule.part);
    return {
        rule.kind, ErrorScope::kProvider, rule.stage,
        fmt::format("cannot connect to {}:{} ({}): {}", options.host, options.port, address, line),
        rule.hint};
  }
  return {ErrorKind::kTransient, ErrorScope::kProvider, "connect",
          fmt::format("cannot connect to {}:{} ({}): {}", options.host, options.port, address,
                      ssh_text.empty() ? "ssh ended without a word" : LastLine(ssh_text))};
}

Error LostError(const SftpOptions& options, const std::string& ssh_text, const std::string& why) {
  if (Has(ssh_text, "subsystem request failed")) {
    return {ErrorKind::kPermanent, ErrorScope::kProvider, "connect",
            fmt::format("{} accepts the login but offers no SFTP", options.host),
            "ask the vendor to enable SFTP for this account"};
  }
  const std::string said = LastLine(ssh_text);
  return {ErrorKind::kTransient, ErrorScope::kProvider, "remote",
          fmt::format("the connection to {} was lost: {}{}", options.host, why,
                      said.empty() ? "" : " (" + said + ")")};
}

Error StatusError(Status status, const std::string& doing, const std::string& server_text,
                  const std::string& stage) {
  const auto make = [&](ErrorKind kind, const std::string& why, const std::string& hint) {
    return Error(kind, ErrorScope::kDelivery, stage, fmt::format("cannot {}: {}", doing, why),
                 hint);
  };
  switch (status) {
    case Status::kNoSuchFile:
      return make(ErrorKind::kPermanent, "there is no such file",
                  "the vendor may have moved or removed it");
    case Status::kPermissionDenied:
      return make(ErrorKind::kDenied, "the server does not permit it",
                  "ask the vendor for the right to do this");
    case Status::kUnsupported:
      return make(ErrorKind::kPermanent, "the server can't do this", "");
    case Status::kNoConnection:
    case Status::kConnectionLost:
    case Status::kFailure:
    default:
      return make(ErrorKind::kTransient,
                  fmt::format("the server says \"{}\" (status {})", server_text,
                              static_cast<uint32_t>(status)),
                  "");
  }
}

}  // namespace octo::remote::sftp
