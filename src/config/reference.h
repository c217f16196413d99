#pragma once

#include <string>

namespace octo::config {

// The page docs/configuration.md, made from the tables of keys.
std::string ConfigurationReference();

}  // namespace octo::config
