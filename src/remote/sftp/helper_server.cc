#include "remote/sftp/helper_server.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "crypto/digest.h"

namespace octo::remote::sftp {
namespace {

constexpr size_t kMostRequest = 64 << 10;

process::Descriptor Listen(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    throw std::system_error(ENAMETOOLONG, std::generic_category(), path);
  }
  std::memcpy(address.sun_path, path.c_str(), path.size());
  process::Descriptor listener(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      listen(listener.get(), 8) != 0) {
    throw std::system_error(errno, std::generic_category(), path);
  }
  return listener;
}

bool IsOurUser(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == geteuid();
}

std::vector<std::string> ReceiveFields(int connection) {
  std::vector<std::string> fields(1);
  std::array<char, 4096> buffer;
  size_t total = 0;
  while (total < kMostRequest) {
    const ssize_t count = recv(connection, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    total += static_cast<size_t>(count);
    for (ssize_t i = 0; i < count; ++i) {
      if (const char c = buffer[static_cast<size_t>(i)]; c != '\0') {
        fields.back() += c;
      } else {
        fields.emplace_back();
      }
    }
  }
  fields.pop_back();
  return fields;
}

bool MentionsPassword(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text.find("password") != std::string::npos;
}

}  // namespace

std::string Fingerprint(std::string_view host_key) {
  const size_t space = host_key.find(' ');
  if (space == std::string_view::npos) return {};
  const std::string_view base64 = host_key.substr(space + 1);
  const crypto::Bytes blob = crypto::FromBase64(base64.substr(0, base64.find(' ')));
  if (blob.empty()) return {};
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  digest.Update(blob);
  std::string text = crypto::Base64(digest.Finish());
  text.erase(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

HelperServer::HelperServer(const SftpOptions& options, std::string alias,
                           const std::string& socket_path)
    : options_(options), alias_(std::move(alias)), listener_(Listen(socket_path)) {}

void HelperServer::Answer() {
  const process::Descriptor connection(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!connection.valid() || !IsOurUser(connection.get())) return;
  const timeval most{1, 0};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
  const Secret answer(AnswerTo(ReceiveFields(connection.get())));
  const std::string& text = answer.Reveal();
  send(connection.get(), text.data(), text.size(), MSG_NOSIGNAL);
}

std::string HelperServer::AnswerTo(const std::vector<std::string>& request) {
  if (request.size() == 1) return AnswerPrompt(request[0]);
  if (request.size() != 6 || request[0] != "known-hosts") return {};
  const bool is_server = request[2] == alias_;
  const bool has_key = request[5].starts_with("SHA256:");
  const auto same = [&](const HostKey& key) { return key.key == request[4]; };
  if (is_server && has_key && std::none_of(seen_.begin(), seen_.end(), same)) {
    seen_.push_back({request[2], request[3], request[4], request[5]});
  }
  std::string lines = "+";
  if (is_server) {
    for (const auto& key : options_.host_keys) lines += alias_ + " " + key + "\n";
  }
  return lines;
}

// Only the prompts that ssh itself makes are answered with a secret: the passphrase of our key, and
// the password of our account on this server (not on a host we jump through). What a server asks by
// keyboard-interactive begins with
// "(user@host) ", so it can't pass for one of ours.
std::string HelperServer::AnswerPrompt(const std::string& prompt) {
  const std::string account = options_.user + "@" + alias_;
  const Secret* secret = nullptr;
  if (prompt.starts_with("Enter passphrase for key ")) {
    passphrase_asked_ = true;
    secret = &options_.key_passphrase;
  } else if (prompt.starts_with(account + "'s password:") ||
             (prompt.starts_with("(" + account + ") ") && MentionsPassword(prompt))) {
    password_asked_ = true;
    secret = &options_.password;
  }
  if (secret == nullptr || secret->empty()) {
    unanswered_ = prompt;
    return {};
  }
  return "+" + secret->Reveal() + "\n";
}

}  // namespace octo::remote::sftp
