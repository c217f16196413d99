#include "provider/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>

#include "base/error.h"
#include "provider/extension.h"
#include "provider/name_pattern.h"
#include "provider/naming.h"
#include "provider/object_key.h"

namespace octo::provider {
namespace {

[[noreturn]] void Refuse(std::string message, std::string hint) {
  throw Error(ErrorKind::kUsage, ErrorScope::kProvider, "config", std::move(message),
              std::move(hint));
}

struct Piece {
  std::string text;
  bool is_variable = false;
};

std::vector<Piece> Pieces(std::string_view layout) {
  std::vector<Piece> pieces;
  for (std::string_view rest = layout; !rest.empty();) {
    const size_t open = rest.find_first_of("{}");
    if (open != 0) pieces.push_back({std::string(rest.substr(0, open)), false});
    if (open == rest.npos) break;
    const size_t close = rest.find_first_of("{}", open + 1);
    if (rest[open] == '}' || close == rest.npos || rest[close] == '{') {
      Refuse(fmt::format("The layout \"{}\" has a brace without its pair.", layout),
             "write variables as {name}");
    }
    pieces.push_back({std::string(rest.substr(open + 1, close - open - 1)), true});
    rest.remove_prefix(close + 1);
  }
  return pieces;
}

std::string_view LastPart(std::string_view key) { return key.substr(key.rfind('/') + 1); }

using Variable = std::function<std::string(const Provider&, const LayoutValues&)>;

const std::map<std::string, Variable, std::less<>>& Variables() {
  using P = const Provider&;
  using V = const LayoutValues&;
  static const std::map<std::string, Variable, std::less<>> variables = {
      {"type", [](P, V v) { return std::string(TypeOf(LastPart(v.final_name))); }},
      {"provider",
       [](P p, V v) { return EscapeKeyPart(v.provider.empty() ? p.name : v.provider); }},
      {"name", [](P, V v) { return std::string(v.final_name); }},
      {"stem", [](P, V v) { return std::string(Stem(LastPart(v.final_name))); }},
      {"remote_name", [](P, V v) { return EscapeKeyPart(v.remote_name); }},
      {"version", [](P, V v) { return std::to_string(v.version); }},
      {"date", [](P, V v) { return FormatDate(v.modified); }},
      {"year", [](P, V v) { return FormatDate(v.modified).substr(0, 4); }},
      {"month", [](P, V v) { return FormatDate(v.modified).substr(5, 2); }},
      {"day", [](P, V v) { return FormatDate(v.modified).substr(8, 2); }},
      {"delivery", [](P, V v) { return EscapeKeyPart(v.delivery); }},
      {"attempt", [](P, V v) { return EscapeKeyPart(v.attempt); }},
  };
  return variables;
}

using Groups = std::map<std::string, std::string, std::less<>>;

Groups GroupsOf(const Provider& provider, std::string_view remote_name) {
  if (provider.name_pattern.empty()) return {};
  auto groups = NamePattern(provider.name_pattern).Match(remote_name);
  if (!groups) {
    Refuse(fmt::format("The name {} does not match the name pattern \"{}\" of provider {}.",
                       EscapeKeyPart(remote_name), provider.name_pattern, provider.name),
           "widen name_pattern, or leave such names out with `exclude`");
  }
  return *groups;
}

std::string Shortened(std::string_view key) {
  std::string result;
  for (size_t begin = 0; begin <= key.size();) {
    const size_t end = std::min(key.find('/', begin), key.size());
    if (begin != 0) result += '/';
    result += ShortenKeyPart(key.substr(begin, end - begin));
    begin = end + 1;
  }
  return result;
}

}  // namespace

const std::vector<std::string>& LayoutVariables() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const auto& [name, variable] : Variables()) all.push_back(name);
    return all;
  }();
  return names;
}

std::vector<std::string> VariablesIn(std::string_view layout) {
  std::vector<std::string> names;
  for (const Piece& piece : Pieces(layout)) {
    if (piece.is_variable) names.push_back(piece.text);
  }
  return names;
}

std::string ExpandLayout(const Provider& provider, std::string_view layout,
                         const LayoutValues& values) {
  const std::vector<Piece> pieces = Pieces(layout);
  const Groups groups = GroupsOf(provider, values.remote_name);
  std::string key;
  for (const Piece& piece : pieces) {
    const auto group = groups.find(piece.text);
    const auto variable = Variables().find(piece.text);
    if (!piece.is_variable) {
      key += piece.text;
    } else if (group != groups.end()) {
      key += EscapeKeyPart(group->second);
    } else if (variable != Variables().end()) {
      key += variable->second(provider, values);
    } else {
      Refuse(
          fmt::format("The layout \"{}\" uses {{{}}}, which is no variable.", layout, piece.text),
          fmt::format("known are {}, and the groups of name_pattern",
                      fmt::join(LayoutVariables(), " ")));
    }
  }
  key = Shortened(key);
  if (const std::string problem = KeyProblem(key); !problem.empty()) {
    Refuse(fmt::format("The layout \"{}\" gives a key for {} that {}.", layout,
                       EscapeKeyPart(values.remote_name), problem),
           "change the layout of the provider");
  }
  return key;
}

}  // namespace octo::provider
