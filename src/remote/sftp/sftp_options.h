#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/secret.h"

namespace octo::remote {

// How hard a server may be driven.
enum class Pipeline {
  kAdaptive,  // starts small, grows while it helps
  kGentle,  // for fragile servers: one channel, at most 16 requests outstanding, one file at a time
};

// Algorithms that OpenSSH no longer offers by itself, for old servers: comma-separated names, added
// to the defaults.
struct SshAlgorithms {
  std::string host_keys = {};    // "ssh-rsa"
  std::string kex = {};          // "diffie-hellman-group14-sha1"
  std::string ciphers = {};      // "aes128-cbc"
  std::string macs = {};         // "hmac-sha1"
  std::string public_keys = {};  // "ssh-rsa": signatures of our key
};

struct SftpOptions {
  std::string host = {};
  uint16_t port = 22;
  std::string user = {};

  // Any of these may be combined; a server that wants a key and a password gets both.
  std::string private_key = {};  // a file's path
  Secret key_passphrase = {};
  Secret password = {};
  bool use_agent = false;  // the one SSH_AUTH_SOCK names

  // Pinned host keys, "ssh-ed25519 AAAA…"; any of them is right. Without them the known_hosts files
  // decide, by default the user's own and the system's. An unknown key is always refused.
  std::vector<std::string> host_keys = {};
  std::vector<std::string> known_hosts = {};

  std::string proxy_jump = {};  // "user@host:port" of an SSH server on the way (key or agent login;
                                // known_hosts decides)
  std::string socks_proxy = {};  // "127.0.0.1:9090", SOCKS5; names are resolved by the proxy
  SshAlgorithms algorithms = {};

  size_t max_sessions = 0;  // channels at once on the one connection; 0 = find out
  Pipeline pipeline = Pipeline::kAdaptive;
  uint64_t bytes_per_second = 0;  // 0 = no cap
  std::chrono::milliseconds connect_timeout = std::chrono::seconds(30);

  // The inbox: the first of these that exists; "" is where the login starts.
  std::vector<std::string> folders = {""};
  std::string profile = {};  // what RemoteFolder::LearnedProfile gave earlier

  // The program that ssh calls for passwords, host keys and the SOCKS proxy: it must call
  // sftp::RunAskpass first (remote/sftp/askpass.h). Empty: this very program.
  std::string helper_program = {};
};

}  // namespace octo::remote
