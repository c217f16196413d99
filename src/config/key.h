#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "config/environment.h"
#include "config/finding.h"
#include "config/settings.h"
#include "config/value.h"

namespace octo::config {

enum class Type {
  kText,
  kTexts,  // a list; one text counts as a list of one
  kInteger,
  kBoolean,
  kChoice,    // one of Key::choices
  kSize,      // bytes
  kRate,      // bytes per second
  kDuration,  // seconds
  kSecret,    // a reference
  kPath,      // of a file that is there
  kKeys,      // places of OpenPGP keys
};

// A value after it was understood as its key's type. Which members are filled depends on the type.
struct Reading {
  std::string text;               // kText, kPath (absolute or relative to the working folder)
  std::vector<std::string> list;  // kTexts, kKeys ("file:/path", "gnupg:/path", "gnupg:")
  int64_t number = 0;  // kInteger, kSize, kRate, kDuration; kChoice: the index of the choice
  bool flag = false;   // kBoolean
  Secret secret;       // kSecret
  std::string shown;   // what `config show` prints, in TOML's spelling, secrets masked
};

struct Problem {
  Severity severity = Severity::kError;
  std::string message;
  std::string suggestion;
};
using Problems = std::vector<Problem>;

// Runs a program (argv, no shell) and returns what it printed; throws Error when that fails. It
// brings its own deadline and stop token.
using RunCommand = std::function<std::string(const std::vector<std::string>& argv)>;

// What is needed around a value to read it.
struct ReadContext {
  const Environment& environment;
  const RunCommand&
      run_command;        // empty: secrets "command:" stay empty, and only their form is checked
  std::string folder;     // what relative paths are relative to; empty: the working folder
  bool from_file = true;  // typed by TOML; otherwise numbers come as texts
};

// One key of the configuration: everything the program knows about it, for parsing, checking,
// showing and documenting.
struct Key {
  // "ledger.url"; of a provider's keys, what comes after the provider's name: "sftp.port".
  std::string_view path;
  Type type = Type::kText;
  std::string_view documentation;  // sentences
  std::string_view example;        // the value in TOML's spelling

  std::optional<Value> default_value = std::nullopt;
  // A default that depends on the machine or on keys before this one, and its description.
  Value (*computed_default)(const Settings&, const Environment&) = nullptr;
  std::string_view default_note = {};

  // The environment variables that fill it, the first that is set; "{P}" stands for the provider.
  // `from_environment` says what value a variable's text means (nullopt: says nothing); without it,
  // the text is the value.
  std::vector<std::string_view> environment = {};
  std::optional<Value> (*from_environment)(const std::string& variable,
                                           const std::string& text) = nullptr;

  std::vector<std::string_view> choices = {};  // of kChoice
  int64_t smallest = 0;                        // of the types with a number
  int64_t largest = std::numeric_limits<int64_t>::max();

  // Looks closer at a reading whose type is right, and may bring it into its final form.
  void (*refine)(Reading&, const ReadContext&, Problems&) = nullptr;
  // Stores the reading. For keys without a provider the second argument is not used.
  void (*store)(Settings&, ProviderSettings&, const Reading&) = nullptr;
};

// Understands `value` as the key's type. Nullopt when it can't be understood; `problems` says why,
// and may hold warnings and errors about a reading as well.
std::optional<Reading> Read(const Key& key, const Value& value, const ReadContext& context,
                            Problems& problems);

// "integer, 1 to 65535"; "one of auto, gentle"
std::string DescribeType(const Key& key);

}  // namespace octo::config
