#include "provider/glob.h"

#include <optional>

#include "provider/naming.h"
#include "provider/utf8.h"

namespace octo::provider {
namespace {

// One thing that matches exactly one character: a character, an escaped one, '?', or a bracket
// expression.
struct Element {
  size_t bytes = 0;  // of the pattern
  bool matches = false;
};

// The character at the front as a number that tells a stray byte from the character of the same
// value.
uint32_t CodeOf(std::string_view text, size_t& bytes) {
  const Utf8Character character = FirstCharacter(text);
  bytes = character.bytes;
  return character.valid ? character.code_point : 0x110000u + static_cast<unsigned char>(text[0]);
}

// "[a-z]", "[!a-z]", "[]x]": nullopt when it is not closed; then '[' is an ordinary character, as
// in a shell.
std::optional<Element> MatchBracket(std::string_view pattern, uint32_t code) {
  size_t at = 1;
  const bool negated = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
  if (negated) ++at;
  bool found = false;
  for (const size_t first = at; at < pattern.size();) {
    if (pattern[at] == ']' && at != first) return Element{at + 1, found != negated};
    size_t bytes = 0;
    const uint32_t low = CodeOf(pattern.substr(at), bytes);
    at += bytes;
    uint32_t high = low;
    if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
      high = CodeOf(pattern.substr(at + 1), bytes);
      at += 1 + bytes;
    }
    found = found || (low <= code && code <= high);
  }
  return std::nullopt;
}

Element MatchElement(std::string_view pattern, uint32_t code) {
  if (pattern[0] == '?') return {1, true};
  if (pattern[0] == '[') {
    if (const auto bracket = MatchBracket(pattern, code)) return *bracket;
  }
  const size_t escape = pattern[0] == '\\' && pattern.size() > 1 ? 1 : 0;
  size_t bytes = 0;
  const uint32_t wanted = CodeOf(pattern.substr(escape), bytes);
  return {escape + bytes, wanted == code};
}

}  // namespace

bool GlobMatch(std::string_view pattern, std::string_view name) {
  std::string_view after_star;  // where to go on when the last '*' takes one more character
  std::string_view star_rest;
  bool seen_star = false;
  while (!name.empty()) {
    if (!pattern.empty() && pattern[0] == '*') {
      pattern.remove_prefix(1);
      after_star = pattern;
      star_rest = name;
      seen_star = true;
      continue;
    }
    size_t bytes = 0;
    const uint32_t code = CodeOf(name, bytes);
    const Element element = pattern.empty() ? Element{} : MatchElement(pattern, code);
    if (element.matches) {
      pattern.remove_prefix(element.bytes);
      name.remove_prefix(bytes);
      continue;
    }
    if (!seen_star) return false;
    star_rest.remove_prefix(FirstCharacter(star_rest).bytes);
    pattern = after_star;
    name = star_rest;
  }
  return pattern.find_first_not_of('*') == pattern.npos;
}

std::string GlobProblem(std::string_view pattern) {
  if (pattern.empty()) return "is empty and matches nothing";
  if (pattern.find('/') != pattern.npos)
    return "holds a '/', but it is matched against the name of a file only";
  for (size_t at = 0; at < pattern.size(); ++at) {
    if (pattern[at] == '\\') {
      if (++at == pattern.size()) return "ends with a lone '\\'";
    } else if (pattern[at] == '[') {
      const auto bracket = MatchBracket(pattern.substr(at), 0);
      if (!bracket) return "has a '[' that is not closed";
      at += bracket->bytes - 1;
    }
  }
  return {};
}

}  // namespace octo::provider
