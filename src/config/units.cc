#include "config/units.h"

#include <fmt/core.h>

#include <array>
#include <charconv>
#include <utility>

namespace octo::config {
namespace {

constexpr std::array<std::pair<std::string_view, uint64_t>, 9> kSizes = {{
    {"b", 1},
    {"kb", 1000},
    {"mb", 1000ULL * 1000},
    {"gb", 1000ULL * 1000 * 1000},
    {"tb", 1000ULL * 1000 * 1000 * 1000},
    {"kib", 1ULL << 10},
    {"mib", 1ULL << 20},
    {"gib", 1ULL << 30},
    {"tib", 1ULL << 40},
}};

constexpr std::array<std::pair<std::string_view, int64_t>, 4> kDurations = {{
    {"d", 86400},
    {"h", 3600},
    {"m", 60},
    {"s", 1},
}};

std::string_view SkipBlanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  return text;
}

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Takes the letters off the front, as lower case.
std::string TakeWord(std::string_view& text) {
  std::string word;
  while (!text.empty() && IsLetter(text.front())) {
    word += static_cast<char>(text.front() | 0x20);
    text.remove_prefix(1);
  }
  return word;
}

template <typename Number>
std::optional<Number> TakeNumber(std::string_view& text) {
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return number;
}

template <typename Units>
auto FactorOf(const Units& units, std::string_view name)
    -> std::optional<decltype(units[0].second)> {
  for (const auto& [unit, factor] : units) {
    if (unit == name) return factor;
  }
  return std::nullopt;
}

}  // namespace

std::optional<uint64_t> ParseSize(std::string_view text) {
  const auto number = TakeNumber<double>(text);
  if (!number) return std::nullopt;
  text = SkipBlanks(text);
  const std::string unit = text.empty() ? "b" : TakeWord(text);
  const auto factor = FactorOf(kSizes, unit);
  if (!factor || !text.empty()) return std::nullopt;
  const double bytes = *number * static_cast<double>(*factor);
  if (bytes >= 9.0e18) return std::nullopt;
  return static_cast<uint64_t>(bytes);
}

std::optional<uint64_t> ParseRate(std::string_view text) {
  if (text == "unlimited") return 0;
  if (!text.ends_with("/s")) return std::nullopt;
  text.remove_suffix(2);
  const bool has_unit = !text.empty() && IsLetter(text.back());
  return has_unit ? ParseSize(text) : std::nullopt;
}

std::optional<std::chrono::seconds> ParseDuration(std::string_view text) {
  int64_t total = 0;
  do {
    const auto number = TakeNumber<int32_t>(text);
    if (!number) return std::nullopt;
    text = SkipBlanks(text);
    const auto factor = FactorOf(kDurations, TakeWord(text));
    if (!factor) return std::nullopt;
    total += *number * *factor;
    text = SkipBlanks(text);
  } while (!text.empty());
  return std::chrono::seconds(total);
}

std::string FormatSize(uint64_t bytes) {
  for (const std::string_view unit : {"TiB", "GiB", "MiB", "KiB"}) {
    const uint64_t factor = unit == "TiB"   ? 1ULL << 40
                            : unit == "GiB" ? 1ULL << 30
                            : unit == "MiB" ? 1ULL << 20
                                            : 1ULL << 10;
    if (bytes != 0 && bytes % factor == 0) return fmt::format("{} {}", bytes / factor, unit);
  }
  return fmt::format("{} B", bytes);
}

std::string FormatDuration(std::chrono::seconds duration) {
  const int64_t seconds = duration.count();
  if (seconds != 0 && seconds % 3600 == 0) return fmt::format("{}h", seconds / 3600);
  if (seconds != 0 && seconds % 60 == 0) return fmt::format("{}m", seconds / 60);
  return fmt::format("{}s", seconds);
}

}  // namespace octo::config
