#include "config/load.h"

#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "base/error.h"
#include "config/check.h"
#include "config/provenance.h"
#include "config/schema.h"
#include "config/toml_document.h"
#include "config/unknown_keys.h"
#include "provider/preset.h"

namespace octo::config {
namespace {

std::string ReplaceSuffix(std::string_view variable, std::string_view provider_name) {
  std::string name(variable);
  if (const size_t at = name.find("{P}"); at != name.npos)
    name.replace(at, 3, EnvironmentSuffix(provider_name));
  return name;
}

// A variable that is set to nothing counts as not set, whoever looks.
Environment WithoutEmpty(const Environment& environment) {
  return [&environment](const std::string& name) {
    auto value = environment(name);
    return value && value->empty() ? std::nullopt : value;
  };
}

class Loader {
 public:
  explicit Loader(const LoadOptions& options)
      : options_(options), environment_(WithoutEmpty(options.environment)) {}

  Loaded Run() {
    loaded_.file = FindFile();
    if (!loaded_.file.empty() && !ReadFile()) return std::move(loaded_);
    for (Finding& finding : FindUnknownKeys(document_, loaded_.file)) {
      if (Wanted(finding.key)) loaded_.findings.push_back(std::move(finding));
    }
    ProviderSettings unused;
    for (const Key& key : GlobalKeys()) ReadKey(key, "", unused);
    loaded_.settings.provider_names = ProviderNames();
    for (const std::string& name : loaded_.settings.provider_names) {
      if (options_.only_provider.empty() || name == options_.only_provider) ReadProvider(name);
    }
    CheckSettings(loaded_.settings, Provenance(loaded_.values, lines_, loaded_.file),
                  loaded_.findings);
    std::ranges::stable_sort(loaded_.findings, {}, &Finding::line);
    return std::move(loaded_);
  }

 private:
  std::string FindFile() const {
    if (!options_.file.empty()) return options_.file;
    if (auto named = environment_("OCTO_CONFIG")) return *named;
    const auto local = options_.working_folder / "octo.toml";
    std::error_code error;
    // "octo.toml", as a person would write it, where the working folder is the process's own.
    if (std::filesystem::exists(local, error)) return local.lexically_normal().string();
    if (std::filesystem::exists(options_.system_file, error)) return options_.system_file.string();
    return {};
  }

  // False when there is nothing to go on with.
  bool ReadFile() {
    errno = 0;
    std::error_code error;
    const bool is_folder = std::filesystem::is_directory(loaded_.file, error);
    std::ifstream file(loaded_.file, std::ios::binary);
    if (is_folder || !file) {
      const std::string why = is_folder ? "it is a folder" : ErrnoText(errno);
      loaded_.findings.push_back({.file = loaded_.file,
                                  .message = "the configuration can't be read: " + why,
                                  .suggestion = "look at --config and OCTO_CONFIG"});
      return false;
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    document_ = ParseToml(text);
    if (document_.error) {
      const TomlSyntaxError& mistake = *document_.error;
      loaded_.findings.push_back({.file = loaded_.file,
                                  .line = mistake.line,
                                  .column = mistake.column,
                                  .message = "is not TOML: " + mistake.message,
                                  .suggestion = "what comes after it was not looked at"});
      return false;
    }
    for (const TomlEntry& entry : document_.entries) {
      const std::string path = Joined(entry.path);
      lines_[path] = entry.line;
      if (entry.value) values_[path] = &entry;
    }
    return true;
  }

  // Whether a key of the file is looked at at all.
  bool Wanted(std::string_view key) const {
    if (options_.only_provider.empty() || !key.starts_with("provider.")) return true;
    const std::string ours = "provider." + options_.only_provider;
    return key == ours || key.starts_with(ours + ".");
  }

  std::set<std::string> ProviderNames() const {
    std::set<std::string> names;
    for (const TomlEntry& entry : document_.entries) {
      if (entry.path.size() == 2 && entry.path[0] == "provider" && !entry.value)
        names.insert(entry.path[1]);
    }
    for (const provider::Preset& preset : provider::Presets()) {
      if (HasVariables(preset.name)) names.emplace(preset.name);
    }
    return names;
  }

  // Whether the environment says anything about this provider.
  bool HasVariables(std::string_view provider_name) const {
    for (const Key& key : ProviderKeys()) {
      for (const std::string_view variable : key.environment) {
        const bool own = variable.find("{P}") != variable.npos;
        if (own && environment_(ReplaceSuffix(variable, provider_name))) return true;
      }
    }
    return false;
  }

  void ReadProvider(const std::string& name) {
    ProviderSettings& settings = loaded_.settings.providers[name];
    settings.provider.name = name;
    for (const Key& key : ProviderKeys()) ReadKey(key, name, settings);
  }

  struct Found {
    std::optional<Value> value;
    Origin origin;
  };

  // The value that is in effect: the file's, else the environment's, else the preset's, else the
  // default.
  Found Find(const Key& key, const std::string& path, const std::string& provider_name,
             const ProviderSettings& provider) const {
    if (const auto it = values_.find(path); it != values_.end()) {
      return {it->second->value, {Origin::Kind::kFile, loaded_.file, it->second->line}};
    }
    if (auto found = FindInEnvironment(key, provider_name)) return std::move(*found);
    if (auto value = FindInPreset(key, provider))
      return {std::move(value), {Origin::Kind::kPreset, provider.preset, 0}};
    if (key.computed_default != nullptr)
      return {key.computed_default(loaded_.settings, environment_), {}};
    if (key.path == "preset" && provider::FindPreset(provider_name) != nullptr)
      return {provider_name, {}};
    return {key.default_value, {}};
  }

  std::optional<Found> FindInEnvironment(const Key& key, const std::string& provider_name) const {
    for (const std::string_view variable : key.environment) {
      const std::string name = ReplaceSuffix(variable, provider_name);
      const auto text = environment_(name);
      if (!text) continue;
      std::optional<Value> value =
          key.from_environment != nullptr ? key.from_environment(name, *text) : *text;
      if (value) return Found{std::move(value), {Origin::Kind::kEnvironment, name, 0}};
    }
    return std::nullopt;
  }

  static std::optional<Value> FindInPreset(const Key& key, const ProviderSettings& provider) {
    const provider::Preset* preset = provider::FindPreset(provider.preset);
    if (preset == nullptr) return std::nullopt;
    for (const provider::PresetValue& value : preset->values) {
      if (value.key != key.path) continue;
      if (key.type == Type::kTexts || key.type == Type::kKeys) {
        return std::vector<std::string>(value.values.begin(), value.values.end());
      }
      return std::string(value.values.front());
    }
    return std::nullopt;
  }

  void ReadKey(const Key& key, const std::string& provider_name, ProviderSettings& provider) {
    const std::string prefix = provider_name.empty() ? "" : "provider." + provider_name + ".";
    const std::string path = prefix + std::string(key.path);
    const Found found = Find(key, path, provider_name, provider);
    if (key.path == "openpgp.keys") {
      provider.openpgp.keys_assumed = found.origin.kind == Origin::Kind::kPreset;
    }
    std::string shown;
    if (found.value) shown = ReadValue(key, path, *found.value, found.origin, provider);
    loaded_.values.push_back({path, shown, found.origin});
  }

  // Stores the value; returns how it is shown.
  std::string ReadValue(const Key& key, const std::string& path, const Value& value,
                        const Origin& origin, ProviderSettings& provider) {
    const bool from_file = origin.kind == Origin::Kind::kFile;
    const std::string folder =
        from_file ? std::filesystem::path(loaded_.file).parent_path().string() : "";
    Problems problems;
    const ReadContext context{
        environment_, options_.run_command, folder,
        origin.kind == Origin::Kind::kFile || origin.kind == Origin::Kind::kDefault};
    const auto reading = Read(key, value, context, problems);
    for (const Problem& problem : problems) AddFinding(path, origin, problem);
    if (!reading) return "(not valid)";
    key.store(loaded_.settings, provider, *reading);
    return reading->shown;
  }

  void AddFinding(const std::string& path, const Origin& origin, const Problem& problem) {
    Finding finding{problem.severity, "", 0, 0, path, problem.message, problem.suggestion};
    if (origin.kind == Origin::Kind::kFile) {
      finding.file = origin.name;
      finding.line = origin.line;
    } else if (origin.kind != Origin::Kind::kDefault) {
      finding.message += fmt::format(" (from {})", Describe(origin));
    }
    loaded_.findings.push_back(std::move(finding));
  }

  const LoadOptions& options_;
  const Environment environment_;
  TomlDocument document_;
  std::map<std::string, const TomlEntry*> values_;
  std::map<std::string, int> lines_;
  Loaded loaded_;
};

}  // namespace

Loaded Load(const LoadOptions& options) { return Loader(options).Run(); }

}  // namespace octo::config
