#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "storage/environment.h"

// For tests only.
namespace octo::storage {

// Just these variables; changes to the map are seen.
inline Environment EnvironmentOf(std::shared_ptr<std::map<std::string, std::string>> variables) {
  return [variables = std::move(variables)](const std::string& name) -> std::optional<std::string> {
    const auto found = variables->find(name);
    if (found == variables->end()) return std::nullopt;
    return found->second;
  };
}

inline Environment EnvironmentOf(std::map<std::string, std::string> variables) {
  return EnvironmentOf(std::make_shared<std::map<std::string, std::string>>(std::move(variables)));
}

}  // namespace octo::storage
