#pragma once

#include <string>
#include <utility>
#include <vector>

#include "remote/sftp/sftp_options.h"

namespace octo::remote::sftp {

// Where one connection keeps its sockets: a private folder of a short name (ssh refuses control
// paths above about 110 bytes, and adds 17 to them).
struct SshPaths {
  std::string control;  // ssh's control socket
  std::string helper;   // our HelperServer
};

// The name under which ssh looks up a host's key and prompts: "host", or "[host]:port" off port 22.
std::string HostAlias(const std::string& host, uint16_t port);

// Throws kUsage when the options can't be handed to ssh safely.
void CheckOptions(const SftpOptions& options);

// The ssh that logs in and then only carries channels. `address` is what to connect to: one address
// of the host, or its name where a proxy resolves it. `extra` goes in front of everything.
std::vector<std::string> MasterCommand(const SftpOptions& options, const SshPaths& paths,
                                       const std::string& address,
                                       const std::vector<std::string>& extra = {});
// The ssh that carries one SFTP channel over the master's connection, and never logs in itself.
std::vector<std::string> ChannelCommand(const SftpOptions& options, const SshPaths& paths);

std::vector<std::pair<std::string, std::string>> SshEnvironment(const SftpOptions& options,
                                                                const SshPaths& paths);

// SftpOptions::helper_program, or this program.
std::string HelperProgram(const SftpOptions& options);

}  // namespace octo::remote::sftp
