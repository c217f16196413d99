#include "config/show.h"

#include <fmt/core.h>

namespace octo::config {

std::string ShowConfiguration(const Loaded& loaded) {
  std::string text =
      loaded.file.empty() ? "# no configuration file\n" : fmt::format("# {}\n", loaded.file);
  for (const EffectiveValue& value : loaded.values) {
    if (value.value.empty()) {
      text += fmt::format("# {} is not set\n", value.key);
    } else {
      text += fmt::format("{} = {}  # {}\n", value.key, value.value, Describe(value.origin));
    }
  }
  return text;
}

}  // namespace octo::config
