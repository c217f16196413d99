#include "config/value.h"

#include <fmt/format.h>

#include <string_view>

namespace octo::config {
namespace {

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7F) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

struct Speller {
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(int64_t number) const { return std::to_string(number); }
  std::string operator()(double number) const { return fmt::format("{}", number); }
  std::string operator()(const std::string& text) const { return Quoted(text); }
  std::string operator()(const std::vector<std::string>& list) const {
    std::vector<std::string> quoted;
    quoted.reserve(list.size());
    for (const std::string& text : list) quoted.push_back(Quoted(text));
    return fmt::format("[{}]", fmt::join(quoted, ", "));
  }
  std::string operator()(const Unusable& unusable) const { return unusable.type; }
};

struct Namer {
  std::string operator()(bool) const { return "true or false"; }
  std::string operator()(int64_t) const { return "an integer"; }
  std::string operator()(double) const { return "a number with a fraction"; }
  std::string operator()(const std::string&) const { return "a text"; }
  std::string operator()(const std::vector<std::string>&) const { return "a list of texts"; }
  std::string operator()(const Unusable& unusable) const { return unusable.type; }
};

}  // namespace

std::string TypeName(const Value& value) { return std::visit(Namer(), value); }
std::string Spell(const Value& value) { return std::visit(Speller(), value); }

std::string Describe(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::kDefault:
      return "default";
    case Origin::Kind::kPreset:
      return "preset " + origin.name;
    case Origin::Kind::kEnvironment:
      return "environment " + origin.name;
    case Origin::Kind::kFile:
      break;
  }
  return fmt::format("{}:{}", origin.name, origin.line);
}

}  // namespace octo::config
