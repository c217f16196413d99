#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace octo::provider {

// One character at the front of a text of any bytes.
struct Utf8Character {
  size_t bytes = 1;
  bool valid = false;  // not valid: one stray byte
  uint32_t code_point = 0;
};

// The first character of a non-empty text. Strict (RFC 3629): no overlong forms, no surrogates,
// nothing above U+10FFFF.
Utf8Character FirstCharacter(std::string_view text);

}  // namespace octo::provider
