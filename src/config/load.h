#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "config/environment.h"
#include "config/finding.h"
#include "config/key.h"
#include "config/settings.h"
#include "config/value.h"

namespace octo::config {

struct LoadOptions {
  std::string file = {};  // of --config; empty: OCTO_CONFIG, then ./octo.toml, then system_file,
                          // the first that is there
  Environment environment = ProcessEnvironment();
  std::filesystem::path working_folder = ".";
  std::filesystem::path system_file = "/etc/octo/octo.toml";
  // Only this provider is looked at: what others lack (a secret, say) does not stop it. Empty: all.
  std::string only_provider = {};
  // Fetches the secrets "command:"; empty: they stay empty, which is right for `config check` and
  // `config show`.
  RunCommand run_command = {};
};

// The value of one key that is in effect.
struct EffectiveValue {
  std::string key;    // "provider.affirm.sftp.port"
  std::string value;  // in TOML's spelling, secrets masked; empty: the key has no value
  Origin origin;
};

struct Loaded {
  Settings settings;              // complete only when no finding is an error
  std::vector<Finding> findings;  // in the order of lines
  std::vector<EffectiveValue> values;
  std::string file;  // that was read; empty: none
};

// Reads the configuration: each key from the file, else the environment, else the provider's
// preset, else its default. Providers are those of the file, and the presets whose environment
// variables are set. Mistakes of the user become findings, all at once; nothing is thrown for them.
Loaded Load(const LoadOptions& options);

}  // namespace octo::config
