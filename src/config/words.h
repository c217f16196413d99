#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace octo::config {

// The words of a line: separated by blanks; '…' and "…" keep blanks together. Nothing else is
// special. Empty when a quote is not closed, or there is no word.
std::vector<std::string> SplitWords(std::string_view line);

}  // namespace octo::config
