#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace octo::storage {

// The longest key S3 accepts, in bytes of UTF-8.
inline constexpr size_t kLongestKeyBytes = 1024;

// Throws kPermanent of delivery scope unless `key` is one that every store can hold: relative,
// '/'-separated, without empty, "." or ".." parts, without control characters, no longer than
// kLongestKeyBytes.
void CheckKey(const std::string& key);

// "a/b/c" → {"a", "b", "c"}.
std::vector<std::string> KeyParts(std::string_view key);

}  // namespace octo::storage
