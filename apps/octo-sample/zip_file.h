#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace octo::sample {

// A zip file in memory, deflated, of the named contents; the times in it are fixed. Throws
// octo::Error.
std::string Zip(const std::vector<std::pair<std::string, std::string_view>>& files);

}  // namespace octo::sample
