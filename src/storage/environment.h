#pragma once

#include <functional>
#include <optional>
#include <string>

namespace octo::storage {

// Looks up an environment variable; empty values count as absent. Tests pass their own.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// That of the process.
std::optional<std::string> ProcessEnvironment(const std::string& name);

}  // namespace octo::storage
