#include "provider/extension.h"

#include <algorithm>

namespace octo::provider {
namespace {

constexpr size_t kLongestExtension = 8;

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
bool IsLetter(char c) { return Lower(c) >= 'a' && Lower(c) <= 'z'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

std::string_view Extension(std::string_view name) {
  const size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return {};
  const std::string_view letters = name.substr(dot + 1);
  if (letters.empty() || letters.size() > kLongestExtension) return {};
  const bool plain = std::ranges::all_of(letters, [](char c) { return IsLetter(c) || IsDigit(c); });
  const bool has_letter = std::ranges::any_of(letters, IsLetter);
  return plain && has_letter ? name.substr(dot) : std::string_view();
}

std::string_view Stem(std::string_view name) {
  return name.substr(0, name.size() - Extension(name).size());
}

bool EndsWithIgnoringCase(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  return std::ranges::equal(text.substr(text.size() - ending.size()), ending, {}, Lower, Lower);
}

}  // namespace octo::provider
