#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace octo::provider {

// What ExpandLayout (naming.h) knows without a name pattern: "type", "provider", "name", ...
const std::vector<std::string>& LayoutVariables();

// The variables that `layout` uses, in order of appearance. Throws kUsage (provider scope) for a
// brace without its pair.
std::vector<std::string> VariablesIn(std::string_view layout);

}  // namespace octo::provider
