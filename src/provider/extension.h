#pragma once

#include <string_view>

namespace octo::provider {

// The extension of a file name with its dot: ".csv" of "tape.csv". Empty where the text after the
// last dot is no extension: a hidden file's only dot, more than eight characters, a character that
// is no ASCII letter or digit, or no letter at all (the date of "tape.20260501").
std::string_view Extension(std::string_view name);

// The name without Extension().
std::string_view Stem(std::string_view name);

// ASCII letters only.
bool EndsWithIgnoringCase(std::string_view text, std::string_view ending);

}  // namespace octo::provider
