#include "provider/name_pattern.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.h"

// GCC 12 takes an uninitialised alternative of the automaton's states for one that is read (with
// sanitizers only).
#pragma GCC diagnostic push
#ifndef __clang__
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif
#include <regex>
#pragma GCC diagnostic pop

namespace octo::provider {
namespace {

// libstdc++'s automaton without backtracking: a pattern like "(a+)+b" can't take exponential time.
#ifdef __GLIBCXX__
constexpr auto kSyntax = std::regex::ECMAScript | std::regex_constants::__polynomial;
#else
constexpr auto kSyntax = std::regex::ECMAScript;
#endif

// The library compiles recursively.
constexpr size_t kLongestPattern = 1000;

[[noreturn]] void Refuse(std::string_view text, std::string_view why) {
  throw Error(ErrorKind::kUsage, ErrorScope::kProvider, "config",
              fmt::format("The name pattern \"{}\" is no regular expression: {}.", text, why),
              "an example: (?<kind>[a-z]+)_(?<day>\\d{8})\\.csv\\..*");
}

bool IsGroupName(std::string_view name) {
  const auto is_word = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && !(name[0] >= '0' && name[0] <= '9') && std::ranges::all_of(name, is_word);
}

}  // namespace

struct NamePattern::Expression {
  std::regex regex;
};

NamePattern::NamePattern(std::string_view text) {
  if (text.size() > kLongestPattern) Refuse(text.substr(0, 40), "it is too long");
  const std::string plain = WithoutGroupNames(text);
  for (size_t i = 0; i < names_.size(); ++i) groups_.push_back(std::to_string(i + 1));
  std::ranges::copy_if(names_, std::back_inserter(groups_),
                       [](const std::string& name) { return !name.empty(); });
  try {
    expression_ = std::make_shared<const Expression>(Expression{std::regex(plain, kSyntax)});
  } catch (const std::regex_error& error) {
    Refuse(text, error.what());
  }
}

// std::regex knows no named groups: "(?<day>" becomes "(", and its number is noted.
std::string NamePattern::WithoutGroupNames(std::string_view text) {
  std::string plain;
  bool in_class = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    plain += c;
    if (c == '\\' && i + 1 < text.size()) {
      plain += text[++i];
    } else if (in_class || c == '[') {
      in_class = c != ']';
    } else if (c == '(' && !text.substr(i).starts_with("(?")) {
      names_.emplace_back();
    } else if (c == '(' && text.substr(i).starts_with("(?<")) {
      const size_t end = text.find('>', i);
      const std::string name(text.substr(i + 3, end == text.npos ? 0 : end - i - 3));
      if (!IsGroupName(name)) Refuse(text, "after \"(?<\" there must be a group's name and \">\"");
      if (std::ranges::count(names_, name) != 0)
        Refuse(text, fmt::format("two groups are named {}", name));
      names_.push_back(name);
      i = end;
    }
  }
  return plain;
}

std::optional<std::map<std::string, std::string, std::less<>>> NamePattern::Match(
    std::string_view name) const {
  std::match_results<std::string_view::const_iterator> match;
  if (!std::regex_match(name.begin(), name.end(), match, expression_->regex)) return std::nullopt;
  std::map<std::string, std::string, std::less<>> groups;
  for (size_t i = 0; i < names_.size(); ++i) {
    const std::string text = match[i + 1].str();
    groups[std::to_string(i + 1)] = text;
    if (!names_[i].empty()) groups[names_[i]] = text;
  }
  return groups;
}

}  // namespace octo::provider
