#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace octo::config {

// The value of an environment variable; nullopt when it is not set. A variable that is set to
// nothing counts as not set, because that is what container files make of an absent one.
using Environment = std::function<std::optional<std::string>(const std::string& name)>;

// The environment of this process.
Environment ProcessEnvironment();

// What stands for {P} in the names of a provider's variables: its name in upper case, everything
// but ASCII letters and digits as '_': "acme-eu" -> "ACME_EU".
std::string EnvironmentSuffix(std::string_view provider_name);

}  // namespace octo::config
