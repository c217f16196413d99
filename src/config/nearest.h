#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace octo::config {

// The candidate that `word` was probably meant to be, by edit distance (insert, delete, change,
// swap of neighbours); empty when none is near.
std::string Nearest(std::string_view word, const std::vector<std::string>& candidates);

}  // namespace octo::config
