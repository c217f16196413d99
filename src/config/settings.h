#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/log.h"
#include "base/secret.h"
#include "provider/provider.h"

namespace octo::config {

// The configuration as plain data, one struct for each folder that is configured. Paths are
// absolute, or relative to the working folder where they came from the environment.

struct SftpSettings {
  std::string host;
  int port = 22;
  std::string user;
  std::string private_key;  // path; empty: none
  Secret key_passphrase;
  Secret password;
  bool use_agent = false;
  std::vector<std::string> host_keys;  // pinned: "ssh-ed25519 AAAA…"; empty: known_hosts decides
  std::vector<std::string> known_hosts;  // paths; empty: the user's own and the system's
  std::string proxy_jump;                // "user@host:22"
  std::string socks_proxy;               // "127.0.0.1:9090"
  // What ssh no longer offers by itself, for old servers: comma-separated names, added to its
  // defaults.
  struct Algorithms {
    std::string host_keys;
    std::string kex;
    std::string ciphers;
    std::string macs;
    std::string public_keys;
  };
  Algorithms algorithms;
  int max_sessions = 0;  // channels at once on the one connection; 0: find out
  enum class Pipeline { kAuto, kGentle };
  Pipeline pipeline = Pipeline::kAuto;
  uint64_t bytes_per_second = 0;  // 0: not limited
  std::chrono::seconds connect_timeout = std::chrono::seconds(30);
};

struct S3Settings {
  std::string endpoint;  // empty: AWS
  std::string region;    // empty: what the AWS profile says
  bool path_style = false;
  std::string sse;  // "", "AES256", "aws:kms"
  std::string kms_key_id;
  std::string storage_class;  // empty: the bucket's
  std::string ca_bundle;      // path; empty: the system's
  std::string profile;        // of the AWS files
};

struct OpenPgpSettings {
  struct Keys {
    enum class Kind { kFile, kGnupgHome };
    Kind kind = Kind::kFile;
    std::string location;  // path; empty: the user's own GnuPG home
    bool operator==(const Keys&) const = default;
  };
  std::vector<Keys> keys;
  // Whether `keys` is only what a preset assumes. A GnuPG home without secret keys is then no
  // mistake: encrypted files are refused when they come.
  bool keys_assumed = false;
  Secret passphrase;  // of the secret keys, and of messages that are encrypted with a passphrase
  enum class Signature { kIgnore, kOptional, kRequired };
  Signature signature = Signature::kOptional;
  std::vector<std::string> signers;  // fingerprints, upper case without blanks
  enum class Integrity { kRequired, kAllowMissing };
  Integrity integrity = Integrity::kRequired;
};

struct ScheduleSettings {
  std::string cron;              // five fields; empty: no schedule
  std::string timezone = "UTC";  // "America/New_York"
};

struct ProviderSettings {
  std::string preset;  // empty: none
  provider::Provider provider;
  SftpSettings sftp;  // without a host: the provider is for `octo ingest` only
  OpenPgpSettings openpgp;
  ScheduleSettings schedule;
  // How long a server, at either end, may give no sign of life.
  std::chrono::seconds silence = std::chrono::seconds(60);
};

struct Settings {
  std::string ledger_url;  // "sqlite:/path" or "postgresql://…"; may hold a password, so never show
                           // it as it is
  S3Settings s3;
  uint64_t memory_budget_bytes = 128ULL << 20;
  std::chrono::seconds worker_lease = std::chrono::seconds(60);
  log::Level log_level = log::Level::kInfo;
  bool log_json = false;
  std::map<std::string, ProviderSettings> providers;
  std::set<std::string> provider_names;  // of all that are configured, loaded or not
};

}  // namespace octo::config
