#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>

#include "base/error.h"
#include "config/load.h"

// For tests only.
namespace octo::config {

// A folder that is gone at the end of the test, with configurations to load and an environment of
// its own.
class Desk {
 public:
  Desk() {
    std::string pattern = (std::filesystem::temp_directory_path() / "octo-config-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
    variables["HOME"] = Path("home");
  }
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;
  ~Desk() { std::filesystem::remove_all(folder_); }

  std::string Path(std::string_view name) const { return (folder_ / name).string(); }

  // Writes a file that only its owner can read.
  std::string Write(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = folder_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    SetMode(name, 0600);
    return path.string();
  }
  void SetMode(std::string_view name, unsigned mode) const {
    std::filesystem::permissions(folder_ / name, static_cast<std::filesystem::perms>(mode));
  }

  octo::config::Environment Environment() const {
    return [this](const std::string& name) -> std::optional<std::string> {
      const auto variable = variables.find(name);
      return variable == variables.end() ? std::nullopt : std::optional(variable->second);
    };
  }

  LoadOptions Options() const {
    return {.environment = Environment(),
            .working_folder = folder_,
            .system_file = folder_ / "etc/octo.toml"};
  }
  Loaded LoadText(std::string_view toml) const {
    Write("octo.toml", toml);
    return Load(Options());
  }
  Loaded LoadEnvironment() const { return Load(Options()); }

  std::map<std::string, std::string> variables;

 private:
  std::filesystem::path folder_;
};

// The findings, a line each, the desk's folder left out: "3 error provider.x.settle needs a unit".
inline std::vector<std::string> Lines(const Loaded& loaded) {
  std::vector<std::string> lines;
  for (const Finding& finding : loaded.findings) {
    lines.push_back(std::to_string(finding.line) +
                    (finding.severity == Severity::kError ? " error " : " warning ") + finding.key +
                    ": " + finding.message + " | " + finding.suggestion);
  }
  return lines;
}

// How the value of a key is shown, and its origin: "22 <default>".
inline std::string Effective(const Loaded& loaded, std::string_view key) {
  for (const EffectiveValue& value : loaded.values) {
    if (value.key == key) return value.value + " <" + Describe(value.origin) + ">";
  }
  return "no such key";
}

}  // namespace octo::config
