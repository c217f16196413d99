#include "text.h"

#include <fmt/core.h>

#include <algorithm>

#include "provider/utf8.h"

namespace octo::app {

std::string HumanBytes(uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  const char* units[] = {"kB", "MB", "GB", "TB"};
  const char* unit = "B";
  for (const char* next : units) {
    if (value < 999.5) break;
    value /= 1000;
    unit = next;
  }
  return value < 9.995   ? fmt::format("{:.2f} {}", value, unit)
         : value < 99.95 ? fmt::format("{:.1f} {}", value, unit)
                         : fmt::format("{:.0f} {}", value, unit);
}

std::string HumanSeconds(double seconds) {
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string Printable(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const auto character = provider::FirstCharacter(name);
    const bool control = character.code_point < 0x20 ||
                         (character.code_point >= 0x7f && character.code_point < 0xa0);
    for (const char c : name.substr(0, character.bytes)) {
      if (!character.valid || control) {
        text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
      } else {
        text += c;
      }
    }
    name.remove_prefix(character.bytes);
  }
  return text;
}

std::string HumanError(const Error& error, std::string_view indent) {
  // Messages may have lines of their own (a list of mistakes); everything else in them is made
  // printable.
  const auto lines = [&](std::string_view text) {
    std::string printable;
    for (size_t end = 0; end != std::string_view::npos;
         text.remove_prefix(std::min(text.size(), end + 1))) {
      end = text.find('\n');
      printable += Printable(text.substr(0, end));
      if (end != std::string_view::npos) printable += fmt::format("\n{}", indent);
    }
    return printable;
  };
  std::string text = fmt::format("{}{}: {}", indent, error.stage, lines(error.message));
  if (!error.hint.empty()) text += fmt::format("\n{}what to do: {}", indent, lines(error.hint));
  return text;
}

}  // namespace octo::app
