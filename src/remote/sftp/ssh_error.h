#pragma once

#include <string>

#include "base/error.h"
#include "remote/sftp/helper_server.h"
#include "remote/sftp/protocol.h"
#include "remote/sftp/sftp_options.h"

// What ssh and the server say, as classified errors. ssh has no codes: this file is the one place
// that reads its texts.
namespace octo::remote::sftp {

// ssh ended without a connection. `expected_keys` are fingerprints the known_hosts files hold for
// the host, for the message. Scope provider.
Error LoginError(const SftpOptions& options, const std::string& address,
                 const std::string& ssh_text, const HelperServer& helper,
                 const std::vector<std::string>& expected_keys);
// True when ssh refused the host key.
bool IsHostKeyRefusal(const std::string& ssh_text);
// True when an ssh channel child ended because the server allows no further session.
bool IsSessionRefusal(const std::string& ssh_text);
// An established connection or channel ended.
Error LostError(const SftpOptions& options, const std::string& ssh_text, const std::string& why);

// The server's status for one file. `doing` completes "cannot …": "open a.csv". Scope delivery.
Error StatusError(Status status, const std::string& doing, const std::string& server_text,
                  const std::string& stage);

}  // namespace octo::remote::sftp
