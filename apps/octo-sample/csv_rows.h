#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace octo::sample {

// Reads the CSV that the samples write (for tests): rows as column name -> text. No line breaks
// inside quotes.
using CsvRow = std::map<std::string, std::string, std::less<>>;

inline std::vector<std::string> CsvFields(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (const char character : line) {
    if (character == '"') {
      quoted = !quoted;
    } else if (character == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += character;
    }
  }
  return fields;
}

inline std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

inline std::vector<CsvRow> CsvRows(std::string_view text) {
  const std::vector<std::string> lines = Lines(text);
  const std::vector<std::string> names = CsvFields(lines.front());
  std::vector<CsvRow> rows;
  for (size_t at = 1; at < lines.size(); ++at) {
    const std::vector<std::string> fields = CsvFields(lines[at]);
    CsvRow row;
    for (size_t column = 0; column < fields.size(); ++column)
      row[names.at(column)] = fields[column];
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace octo::sample
