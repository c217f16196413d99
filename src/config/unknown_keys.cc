#include "config/unknown_keys.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "config/nearest.h"
#include "config/schema.h"

namespace octo::config {
namespace {

constexpr size_t kLongestProviderName = 63;

// All paths of values, and of the tables around them.
struct Names {
  std::set<std::string, std::less<>> values;
  std::set<std::string, std::less<>> tables;
};

Names NamesOf(const std::vector<Key>& keys) {
  Names names;
  for (const Key& key : keys) {
    names.values.emplace(key.path);
    for (size_t dot = key.path.find('.'); dot != key.path.npos; dot = key.path.find('.', dot + 1)) {
      names.tables.emplace(key.path.substr(0, dot));
    }
  }
  return names;
}

bool IsProviderName(std::string_view name) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_';
  };
  return !name.empty() && name.size() <= kLongestProviderName && name[0] != '-' &&
         std::ranges::all_of(name, is_plain);
}

std::string LastPart(const std::string& path) { return path.substr(path.rfind('.') + 1); }

// What an unknown name was meant to be: a key of the same last part elsewhere, or one that is
// spelled almost so.
std::string MeantBy(const std::string& path, const Names& names) {
  std::vector<std::string> all(names.values.begin(), names.values.end());
  all.insert(all.end(), names.tables.begin(), names.tables.end());
  const auto same = std::ranges::find_if(
      all, [&](const std::string& name) { return LastPart(name) == LastPart(path); });
  if (same != all.end()) return *same;
  if (std::string nearest = Nearest(path, all); !nearest.empty()) return nearest;
  std::vector<std::string> last_parts;
  last_parts.reserve(all.size());
  for (const std::string& name : all) last_parts.push_back(LastPart(name));
  const std::string nearest = Nearest(LastPart(path), last_parts);
  return nearest.empty() ? ""
                         : all[static_cast<size_t>(std::ranges::find(last_parts, nearest) -
                                                   last_parts.begin())];
}

class Finder {
 public:
  Finder(const TomlDocument& document, const std::string& file)
      : document_(document), file_(file) {}

  std::vector<Finding> Run() {
    for (const TomlEntry& entry : document_.entries) {
      const std::string path = Joined(entry.path);
      const bool inside_reported = std::ranges::any_of(
          reported_, [&](const std::string& table) { return path.starts_with(table + "."); });
      if (inside_reported) continue;
      if (entry.path[0] == "provider") {
        LookAtProvider(entry, path);
      } else {
        Look(entry, path, "", global_);
      }
    }
    return std::move(findings_);
  }

 private:
  void LookAtProvider(const TomlEntry& entry, const std::string& path) {
    if (entry.path.size() <= 2) {
      const std::string wanted = entry.path.size() == 1 ? "provider" : "each provider";
      if (entry.value)
        return Report(entry, path, wanted + " must be a table", "for example [provider.affirm]");
      if (entry.path.size() == 2 && !IsProviderName(entry.path[1])) {
        Report(entry, path, fmt::format("\"{}\" can't be a provider's name", entry.path[1]),
               "letters, digits, '-' and '_', at most 63");
      }
      return;
    }
    const std::string prefix = "provider." + entry.path[1] + ".";
    Look(entry, path, prefix, provider_);
  }

  void Look(const TomlEntry& entry, const std::string& path, const std::string& prefix,
            const Names& names) {
    const std::string relative = path.substr(prefix.size());
    const bool is_value = names.values.contains(relative);
    const bool is_table = names.tables.contains(relative);
    if (entry.value ? is_value : is_table) return;
    if (is_value) return Report(entry, path, "must be a value, but is a table", {});
    if (is_table)
      return Report(entry, path, "must be a table, but is " + TypeName(*entry.value),
                    fmt::format("for example [{}]", path));
    if (prefix.empty() && Nearest(relative, {"provider"}) == "provider") {
      return Report(entry, path, "unknown key", "did you mean provider?");
    }
    const std::string meant = MeantBy(relative, names);
    Report(entry, path, "unknown key",
           meant.empty() ? "see docs/configuration.md"
                         : fmt::format("did you mean {}{}?", prefix, meant));
  }

  void Report(const TomlEntry& entry, const std::string& path, std::string message,
              std::string suggestion) {
    findings_.push_back({.file = file_,
                         .line = entry.line,
                         .key = path,
                         .message = std::move(message),
                         .suggestion = std::move(suggestion)});
    reported_.insert(path);
  }

  const TomlDocument& document_;
  const std::string& file_;
  const Names global_ = NamesOf(GlobalKeys());
  const Names provider_ = NamesOf(ProviderKeys());
  std::set<std::string> reported_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string Joined(const std::vector<std::string>& path) {
  return fmt::format("{}", fmt::join(path, "."));
}

std::vector<Finding> FindUnknownKeys(const TomlDocument& document, const std::string& file) {
  return Finder(document, file).Run();
}

}  // namespace octo::config
