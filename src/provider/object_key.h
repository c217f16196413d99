#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace octo::provider {

// How any vendor's name becomes part of an object key that every store accepts (S3 over XML, a
// folder), different names always giving different parts, and ordinary names (blanks, umlauts, ';',
// '-', one '%') staying as they are:
//   - control characters (U+0000 to U+001F, U+007F to U+009F), U+FFFE, U+FFFF, '/' and every byte
//   that is not UTF-8
//     become %XX, two upper-case hexadecimal digits a byte;
//   - '%' becomes %25, but only where an upper-case XX or '~' follows, so that it can't be taken
//   for an escape;
//   - the names "." and ".." become %2E and %2E%2E;
//   - what is longer than 255 bytes afterwards is shortened, see ShortenKeyPart.
inline constexpr size_t kKeyPartBytes = 255;
inline constexpr size_t kKeyBytes = 1024;

// The key part for a name of any bytes, by the first three rules.
std::string EscapeKeyPart(std::string_view name);

// An escaped part as it is when it has at most kKeyPartBytes; else its beginning, "%~", the first
// 32 hexadecimal digits of the SHA-256 of the whole part, and its extension. No part that was not
// shortened contains "%~".
std::string ShortenKeyPart(std::string_view part);

// Why `key` is not a legal key: a sentence's end ("has an empty part"); empty when it is legal.
// Legal: 1 to kKeyBytes bytes of UTF-8 without control characters, parts of 1 to kKeyPartBytes
// bytes other than "." and "..".
std::string KeyProblem(std::string_view key);

}  // namespace octo::provider
