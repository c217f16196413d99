#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "remote/sftp/sftp_options.h"

namespace octo::remote::sftp {

// A real sshd for tests (tests/servers/sshd), in a temporary folder; stopped and removed by the
// destructor.
class TestVendor {
 public:
  explicit TestVendor(std::vector<std::string> start_options = {});
  TestVendor(const TestVendor&) = delete;
  TestVendor& operator=(const TestVendor&) = delete;
  ~TestVendor();

  // For a login by key, with the host key pinned.
  SftpOptions Options() const;
  const std::filesystem::path& inbox() const { return inbox_; }
  const std::filesystem::path& folder() const { return folder_; }
  const std::string& operator[](const std::string& name) const { return facts_.at(name); }

  void Write(const std::string& name, const std::string& content) const;
  // Kills the server's side of every connection; new ones are accepted.
  void KillSessions() const;
  // Stops the server's side of every connection, until the destructor.
  void Freeze() const;
  // How many channels with SFTP were opened, and how many refused.
  int Subsystems() const;
  int Refusals() const;
  // How often somebody has logged in.
  int Logins() const;
  std::string Log() const;

 private:
  void Signal(int number) const;
  int CountLines(const std::string& part) const;

  std::filesystem::path folder_;
  std::filesystem::path inbox_;
  std::map<std::string, std::string> facts_;
};

// Bytes that look random, the same for the same seed.
std::string SampleBytes(size_t bytes, unsigned seed = 1);

}  // namespace octo::remote::sftp
