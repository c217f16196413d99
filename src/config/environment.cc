#include "config/environment.h"

#include <cstdlib>

namespace octo::config {

Environment ProcessEnvironment() {
  return [](const std::string& name) -> std::optional<std::string> {
    const char* value = std::getenv(name.c_str());
    return value == nullptr ? std::nullopt : std::optional<std::string>(value);
  };
}

std::string EnvironmentSuffix(std::string_view provider_name) {
  std::string suffix;
  for (const char c : provider_name) {
    const bool lower = c >= 'a' && c <= 'z';
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    suffix += lower ? static_cast<char>(c - 'a' + 'A') : plain ? c : '_';
  }
  return suffix;
}

}  // namespace octo::config
