#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"

namespace octo::app {

// "1.3 GB": decimal units, three digits.
std::string HumanBytes(uint64_t bytes);
// "2 min 5 s", "0.4 s".
std::string HumanSeconds(double seconds);
// A vendor's name for people and JSON: UTF-8 without control characters; what is neither stands as
// %XX.
std::string Printable(std::string_view name);
// An error in two lines for a person: what and why, then what to do.
std::string HumanError(const Error& error, std::string_view indent);

}  // namespace octo::app
