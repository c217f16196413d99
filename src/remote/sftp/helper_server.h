#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "process/descriptor.h"
#include "remote/sftp/sftp_options.h"

namespace octo::remote::sftp {

struct HostKey {
  std::string host;  // as ssh looks it up: the alias
  std::string type;
  std::string key;          // base64
  std::string fingerprint;  // "SHA256:…"
};

// Our side of the helper program (askpass.h): answers ssh's questions while a connection is being
// made, and keeps what was learned from them. One thread. The socket's folder must be private to
// the user.
class HelperServer {
 public:
  // `alias` is the name under which ssh looks up the server and prompts for it.
  HelperServer(const SftpOptions& options, std::string alias, const std::string& socket_path);

  // Readable when a helper wants an answer: call Answer.
  int fd() const { return listener_.get(); }
  void Answer();

  // The keys the server showed, and what it asked for.
  const std::vector<HostKey>& seen() const { return seen_; }
  bool passphrase_asked() const { return passphrase_asked_; }
  bool password_asked() const { return password_asked_; }
  // The last prompt that got no answer; empty if none.
  const std::string& unanswered() const { return unanswered_; }

 private:
  std::string AnswerTo(const std::vector<std::string>& request);
  std::string AnswerPrompt(const std::string& prompt);

  const SftpOptions& options_;
  const std::string alias_;
  process::Descriptor listener_;
  std::vector<HostKey> seen_;
  bool passphrase_asked_ = false;
  bool password_asked_ = false;
  std::string unanswered_;
};

// "SHA256:…" of a key "TYPE BASE64 …", as ssh shows it; empty for a malformed one.
std::string Fingerprint(std::string_view host_key);

}  // namespace octo::remote::sftp
