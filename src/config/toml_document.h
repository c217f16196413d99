#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/value.h"

namespace octo::config {

// A table or a value of a TOML document.
struct TomlEntry {
  std::vector<std::string> path;  // {"provider", "affirm", "sftp", "port"}
  std::optional<Value> value;     // nullopt: a table
  int line = 0;                   // of the key, from 1
};

struct TomlSyntaxError {
  std::string message;
  int line = 0;
  int column = 0;
};

// A TOML 1.0 document as a flat list: every table before what is in it, otherwise in the order of
// names.
struct TomlDocument {
  std::vector<TomlEntry> entries;
  std::optional<TomlSyntaxError>
      error;  // the first one; the parser stops there, and entries are empty
};

TomlDocument ParseToml(std::string_view text);

}  // namespace octo::config
