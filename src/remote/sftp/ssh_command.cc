#include "remote/sftp/ssh_command.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/error.h"
#include "remote/sftp/askpass.h"

namespace octo::remote::sftp {
namespace {

// What OpenSSH offers by default, but AES-GCM first: the fastest where the CPU has AES.
constexpr const char* kCiphers =
    "aes128-gcm@openssh.com,aes256-gcm@openssh.com,chacha20-poly1305@openssh.com,"
    "aes128-ctr,aes192-ctr,aes256-ctr";

bool IsPlain(std::string_view text) {
  return !text.empty() && text.front() != '-' && std::all_of(text.begin(), text.end(), [](char c) {
    return std::isgraph(static_cast<unsigned char>(c)) != 0 &&
           std::string_view("\"'\\$`;&|<>(){}*?~").find(c) == std::string_view::npos;
  });
}

void RequirePlain(std::string_view text, const char* what) {
  if (IsPlain(text)) return;
  throw Error(ErrorKind::kUsage, ErrorScope::kProvider, "connect",
              fmt::format("\"{}\" is no valid {}", text, what));
}

// ssh expands % in paths and commands.
std::string EscapeTokens(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    escaped += c;
    if (c == '%') escaped += c;
  }
  return escaped;
}

// One word of an option's value as ssh splits it.
std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : EscapeTokens(text)) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

// One word of a shell command inside ProxyCommand.
std::string ShellQuoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      quoted += c;
    }
  }
  return quoted + "'";
}

struct Destination {
  std::string user;
  std::string host;
  uint16_t port = 22;
};

Destination ParseJump(const std::string& text) {
  Destination jump;
  std::string rest = text;
  if (const size_t at = rest.find('@'); at != std::string::npos) {
    jump.user = rest.substr(0, at);
    rest.erase(0, at + 1);
  }
  const size_t colon = rest.rfind(':');
  if (colon != std::string::npos && rest.find(':') == colon) {
    jump.port = static_cast<uint16_t>(std::strtoul(rest.c_str() + colon + 1, nullptr, 10));
    rest.erase(colon);
  }
  jump.host = rest;
  return jump;
}

using Words = std::vector<std::string>;

void Set(Words& words, const std::string& name, const std::string& value) {
  words.push_back("-o");
  words.push_back(name + "=" + value);
}

void AddSafety(Words& words) {
  for (const char* setting :
       {"StrictHostKeyChecking=yes", "UpdateHostKeys=no", "CheckHostIP=no", "VerifyHostKeyDNS=no",
        "HashKnownHosts=no", "ForwardAgent=no", "ForwardX11=no", "ClearAllForwardings=yes",
        "PermitLocalCommand=no", "GSSAPIAuthentication=no", "HostbasedAuthentication=no",
        "Compression=no", "EscapeChar=none", "RequestTTY=no", "ControlPersist=no",
        "NumberOfPasswordPrompts=1", "ServerAliveInterval=15", "ServerAliveCountMax=4",
        "LogLevel=INFO"}) {
    words.push_back("-o");
    words.push_back(setting);
  }
}

void AddAlgorithms(Words& words, const SshAlgorithms& algorithms) {
  const std::string more = algorithms.ciphers.empty() ? "" : "," + algorithms.ciphers;
  Set(words, "Ciphers", kCiphers + more);
  const auto add = [&](const char* name, const std::string& list) {
    if (!list.empty()) Set(words, name, "+" + list);
  };
  add("HostKeyAlgorithms", algorithms.host_keys);
  add("KexAlgorithms", algorithms.kex);
  add("MACs", algorithms.macs);
  add("PubkeyAcceptedAlgorithms", algorithms.public_keys);
}

void AddLogin(Words& words, const SftpOptions& options, bool with_password) {
  const bool keys = !options.private_key.empty() || options.use_agent;
  std::string methods = keys ? "publickey" : "";
  if (with_password && !options.password.empty()) {
    methods += (methods.empty() ? "" : ",") + std::string("password,keyboard-interactive");
  }
  Set(words, "PreferredAuthentications", methods.empty() ? "none" : methods);
  Set(words, "PubkeyAuthentication", keys ? "yes" : "no");
  Set(words, "IdentityAgent", options.use_agent ? "SSH_AUTH_SOCK" : "none");
  if (options.private_key.empty()) {
    Set(words, "IdentityFile", "none");
  } else {
    words.push_back("-i");
    words.push_back(EscapeTokens(options.private_key));
  }
  Set(words, "IdentitiesOnly", options.use_agent ? "no" : "yes");
}

void AddKnownHosts(Words& words, const std::vector<std::string>& files) {
  if (files.empty()) return;  // ssh's own defaults
  std::vector<std::string> quoted;
  for (const auto& file : files) quoted.push_back(Quoted(file));
  Set(words, "UserKnownHostsFile", fmt::format("{}", fmt::join(quoted, " ")));
  Set(words, "GlobalKnownHostsFile", "/dev/null");
}

void AddHostKeys(Words& words, const SftpOptions& options) {
  if (options.host_keys.empty()) {
    AddKnownHosts(words, options.known_hosts);
  } else {
    AddKnownHosts(words, {"/dev/null"});
  }
  Set(words, "KnownHostsCommand", Quoted(HelperProgram(options)) + " known-hosts %I %H %t %K %f");
}

std::string SocksCommand(const SftpOptions& options, const std::string& host, uint16_t port) {
  return EscapeTokens(fmt::format("{} socks5 {} {} {}", ShellQuoted(HelperProgram(options)),
                                  ShellQuoted(options.socks_proxy), ShellQuoted(host), port));
}

// Our own instead of -J, which would read the user's configuration and none of our options.
std::string JumpCommand(const SftpOptions& options, const std::string& address) {
  const Destination jump = ParseJump(options.proxy_jump);
  Words words = {"ssh", "-F", "/dev/null", "-T"};
  AddSafety(words);
  AddAlgorithms(words, options.algorithms);
  AddLogin(words, options, false);
  AddKnownHosts(words, options.known_hosts);
  Set(words, "HostKeyAlias", HostAlias(jump.host, jump.port));
  Set(words, "ConnectTimeout", std::to_string(options.connect_timeout / std::chrono::seconds(1)));
  if (!options.socks_proxy.empty()) {
    Set(words, "ProxyCommand", SocksCommand(options, jump.host, jump.port));
    Set(words, "ProxyUseFdpass", "yes");
  }
  words.insert(words.end(), {"-p", std::to_string(jump.port)});
  if (!jump.user.empty()) words.insert(words.end(), {"-l", jump.user});
  words.insert(words.end(), {"-W", fmt::format("[{}]:{}", address, options.port)});
  words.insert(words.end(), {"--", jump.host});
  std::string command;
  for (const auto& word : words) command += ShellQuoted(word) + " ";
  return EscapeTokens(command);
}

}  // namespace

std::string HostAlias(const std::string& host, uint16_t port) {
  return port == 22 ? host : fmt::format("[{}]:{}", host, port);
}

void CheckOptions(const SftpOptions& options) {
  RequirePlain(options.host, "host name");
  RequirePlain(options.user, "user name");
  if (!options.proxy_jump.empty()) RequirePlain(options.proxy_jump, "proxy_jump");
  if (!options.socks_proxy.empty()) RequirePlain(options.socks_proxy, "socks_proxy");
  for (const std::string* list :
       {&options.algorithms.host_keys, &options.algorithms.kex, &options.algorithms.ciphers,
        &options.algorithms.macs, &options.algorithms.public_keys}) {
    if (!list->empty()) RequirePlain(*list, "list of algorithms");
  }
  for (const auto& key : options.host_keys) {
    if (key.find('\n') != std::string::npos || key.find(' ') == std::string::npos) {
      throw Error(ErrorKind::kUsage, ErrorScope::kProvider, "connect",
                  fmt::format("\"{}\" is no host key", key),
                  "give it as the type and the base64 text: ssh-ed25519 AAAA…");
    }
  }
}

std::vector<std::string> MasterCommand(const SftpOptions& options, const SshPaths& paths,
                                       const std::string& address,
                                       const std::vector<std::string>& extra) {
  Words words = {"ssh", "-F", "/dev/null"};
  words.insert(words.end(), extra.begin(), extra.end());
  words.insert(words.end(), {"-M", "-N", "-T", "-S", EscapeTokens(paths.control)});
  AddSafety(words);
  AddAlgorithms(words, options.algorithms);
  AddLogin(words, options, true);
  AddHostKeys(words, options);
  Set(words, "HostKeyAlias", HostAlias(options.host, options.port));
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(options.connect_timeout).count();
  Set(words, "ConnectTimeout", std::to_string(seconds));
  if (!options.proxy_jump.empty()) {
    Set(words, "ProxyCommand", JumpCommand(options, address));
  } else if (!options.socks_proxy.empty()) {
    Set(words, "ProxyCommand", SocksCommand(options, address, options.port));
    Set(words, "ProxyUseFdpass", "yes");
  }
  words.insert(words.end(), {"-p", std::to_string(options.port), "-l", options.user});
  words.insert(words.end(), {"--", address});
  return words;
}

std::vector<std::string> ChannelCommand(const SftpOptions& options, const SshPaths& paths) {
  // When the server refuses another session, ssh would silently log in anew: /bin/false stops it.
  return {"ssh",        "-F",
          "/dev/null",  "-T",
          "-S",         EscapeTokens(paths.control),
          "-o",         "ControlMaster=no",
          "-o",         "ProxyCommand=/bin/false",
          "-o",         "LogLevel=ERROR",
          "-o",         "EscapeChar=none",
          "-p",         std::to_string(options.port),
          "-l",         options.user,
          "-s",         "--",
          options.host, "sftp"};
}

std::vector<std::pair<std::string, std::string>> SshEnvironment(const SftpOptions& options,
                                                                const SshPaths& paths) {
  return {{kAskpassSocket, paths.helper},
          {"SSH_ASKPASS", HelperProgram(options)},
          {"SSH_ASKPASS_REQUIRE", "force"},
          {"LC_ALL", "C"}};
}

std::string HelperProgram(const SftpOptions& options) {
  if (!options.helper_program.empty()) return std::filesystem::absolute(options.helper_program);
  return std::filesystem::read_symlink("/proc/self/exe");
}

}  // namespace octo::remote::sftp
