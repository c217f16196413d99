#pragma once

#include <string>
#include <vector>

namespace octo::config {

enum class Severity {
  kWarning,  // works, but is probably not meant or not safe
  kError,    // the program does not start with it
};

// One thing that is wrong with the configuration. Never holds a secret.
struct Finding {
  Severity severity = Severity::kError;
  std::string file = {};        // empty when it is about no place in a file
  int line = 0;                 // from 1; 0 when it is about no place in a file
  int column = 0;               // from 1; of syntax errors
  std::string key = {};         // "provider.affirm.sftp.port"; empty for syntax errors
  std::string message = {};     // a sentence's end: "is not a port"
  std::string suggestion = {};  // what to do; may be empty
};

// "octo.toml:12: error: provider.affirm.sftp.port: must be between 1 and 65535 (…)". One line, no
// newline.
std::string FormatFinding(const Finding& finding);

bool HasErrors(const std::vector<Finding>& findings);

}  // namespace octo::config
