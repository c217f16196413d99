#pragma once

#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "process/child.h"
#include "remote/sftp/helper_server.h"
#include "remote/sftp/sftp_options.h"
#include "remote/sftp/ssh_command.h"

namespace octo::remote::sftp {

// A folder of mode 0700 with a short name, gone with its content.
class PrivateFolder {
 public:
  PrivateFolder();
  PrivateFolder(const PrivateFolder&) = delete;
  PrivateFolder& operator=(const PrivateFolder&) = delete;
  ~PrivateFolder();
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// One login at a server: an ssh master process whose connection carries many channels. One thread,
// the one that made it (the children end with it).
class SshConnection {
 public:
  // Connects and logs in, trying every address of the host's name. Waits for connect_timeout an
  // address at most. Throws errors of provider scope: stage "connect" or "login"; kCancelled.
  SshConnection(const SftpOptions& options, std::stop_token stop);

  // Starts a channel with the server's SFTP; it may still be refused.
  std::unique_ptr<process::Child> OpenChannel();

  // Readable when the connection has ended, as Ended then says.
  int ended() const { return master_->ended(); }
  bool Ended();
  // What ssh had to say so far.
  std::string Text();
  const std::string& address() const { return address_; }
  // The host key the server showed.
  const std::vector<HostKey>& host_keys() const { return helper_->seen(); }

 private:
  // False when this address can't be reached, but another may.
  bool TryAddress(const std::string& address, bool is_last, std::stop_token stop);
  // True when logged in, false when ssh ended.
  bool WaitForLogin(std::stop_token stop);
  std::vector<std::string> ExpectedKeys(std::stop_token stop) const;

  const SftpOptions& options_;
  PrivateFolder folder_;
  SshPaths paths_;
  std::unique_ptr<HelperServer> helper_;
  std::unique_ptr<process::Child> master_;
  std::string address_;
};

}  // namespace octo::remote::sftp
