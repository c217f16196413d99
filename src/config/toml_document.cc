#include "config/toml_document.h"

#define TOML_HEADER_ONLY 1
#define TOML_ENABLE_FORMATTERS 0
#include <toml++/toml.h>

#include <utility>

namespace octo::config {
namespace {

std::string TypeOf(const toml::node& node) {
  if (node.is_date() || node.is_time() || node.is_date_time()) return "a date or time";
  if (node.is_array_of_tables()) return "a list of tables";
  return "a list of other things than texts";
}

Value ListOf(const toml::array& array) {
  std::vector<std::string> list;
  for (const toml::node& element : array) {
    const auto text = element.value_exact<std::string>();
    if (!text) return Unusable{TypeOf(array)};
    list.push_back(*text);
  }
  return list;
}

Value ValueOf(const toml::node& node) {
  if (const auto flag = node.value_exact<bool>()) return *flag;
  if (const auto number = node.value_exact<int64_t>()) return *number;
  if (const auto number = node.value_exact<double>()) return *number;
  if (auto text = node.value_exact<std::string>()) return std::move(*text);
  if (const toml::array* array = node.as_array()) return ListOf(*array);
  return Unusable{TypeOf(node)};
}

void Flatten(const toml::table& table, const std::vector<std::string>& path,
             std::vector<TomlEntry>& entries) {
  for (const auto& [key, node] : table) {
    std::vector<std::string> inner = path;
    inner.emplace_back(key.str());
    const int line = static_cast<int>(key.source().begin.line);
    const toml::table* inner_table = node.as_table();
    entries.push_back(
        {inner, inner_table != nullptr ? std::nullopt : std::optional(ValueOf(node)), line});
    if (inner_table != nullptr) Flatten(*inner_table, inner, entries);
  }
}

}  // namespace

TomlDocument ParseToml(std::string_view text) {
  TomlDocument document;
  try {
    Flatten(toml::parse(text), {}, document.entries);
  } catch (const toml::parse_error& error) {
    const auto at = error.source().begin;
    document.error = {std::string(error.description()), static_cast<int>(at.line),
                      static_cast<int>(at.column)};
  }
  return document;
}

}  // namespace octo::config
