#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace octo::config {

// What no key takes: a date, a list of numbers, a list of lists. Named for messages.
struct Unusable {
  std::string type;
};

// A value as it was written, before anybody knows what it is for.
using Value = std::variant<bool, int64_t, double, std::string, std::vector<std::string>, Unusable>;

// "a text", "a list", "an integer", ...
std::string TypeName(const Value& value);
// The value in TOML's spelling: "\"keep\"", "[\"*.tmp\"]", "22".
std::string Spell(const Value& value);

// Where an effective value comes from.
struct Origin {
  enum class Kind { kDefault, kPreset, kEnvironment, kFile };
  Kind kind = Kind::kDefault;
  std::string name;  // of the preset, the variable or the file
  int line = 0;      // in the file
};

// "default", "preset affirm", "environment SFTP_PORT_AFFIRM", "/etc/octo/octo.toml:12"
std::string Describe(const Origin& origin);

}  // namespace octo::config
