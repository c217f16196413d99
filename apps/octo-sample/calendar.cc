#include "calendar.h"

#include <fmt/core.h>

#include <charconv>

namespace octo::sample {
namespace {

using std::chrono::year_month_day;

std::optional<int> Number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string Format(fmt::format_string<int, unsigned, unsigned> format, Date date) {
  const year_month_day day(date);
  return fmt::format(format, static_cast<int>(day.year()), static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()));
}

}  // namespace

Date AddMonths(Date date, int months) { return AddMonths(year_month_day(date), months); }

Date AddMonths(year_month_day day, int months) {
  const year_month_day moved = day + std::chrono::months(months);
  const bool exists = day.day() <= std::chrono::day(28) || moved.ok();
  return exists ? Date(moved) : Date(moved.year() / moved.month() / std::chrono::last);
}

Date FirstOfMonth(Date date) {
  const year_month_day day(date);
  return Date(day.year() / day.month() / 1);
}

Date LastOfMonth(Date date) {
  const year_month_day day(date);
  return Date(day.year() / day.month() / std::chrono::last);
}

bool IsWeekday(Date date) { return std::chrono::weekday(date).iso_encoding() < 6; }

std::optional<Date> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = Number(text.substr(0, 4));
  const auto month = Number(text.substr(5, 2));
  const auto day = Number(text.substr(8, 2));
  if (!year || !month || !day || *month < 0 || *day < 0) return std::nullopt;
  const year_month_day parsed(std::chrono::year(*year),
                              std::chrono::month(static_cast<unsigned>(*month)),
                              std::chrono::day(static_cast<unsigned>(*day)));
  if (!parsed.ok()) return std::nullopt;
  return Date(parsed);
}

std::string CompactDate(Date date) { return Format("{:04}{:02}{:02}", date); }
std::string IsoDate(Date date) { return Format("{:04}-{:02}-{:02}", date); }

std::string SlashDate(Date date) {
  const year_month_day day(date);
  return fmt::format("{:02}/{:02}/{:04}", static_cast<unsigned>(day.month()),
                     static_cast<unsigned>(day.day()), static_cast<int>(day.year()));
}

}  // namespace octo::sample
