#pragma once

#include <string_view>
#include <vector>

namespace octo::provider {

// What a preset says about one key of the configuration, "sftp.port": one value, or the elements of
// a list.
struct PresetValue {
  std::string_view key;
  std::vector<std::string_view> values;
};

// The habits of a known vendor. Only values: whatever it says, the configuration can override key
// by key.
struct Preset {
  std::string_view name;
  std::string_view about;  // a sentence for the reference
  std::vector<PresetValue> values;
};

const std::vector<Preset>& Presets();
// Null for an unknown name.
const Preset* FindPreset(std::string_view name);

}  // namespace octo::provider
