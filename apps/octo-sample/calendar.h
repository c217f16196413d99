#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace octo::sample {

using Date = std::chrono::sys_days;

// `date` moved by `months`; the last day of the month where the day does not exist.
Date AddMonths(Date date, int months);
Date AddMonths(std::chrono::year_month_day day, int months);
Date FirstOfMonth(Date date);
Date LastOfMonth(Date date);
bool IsWeekday(Date date);

// "2026-04-30"; nullopt for anything else.
std::optional<Date> ParseDate(std::string_view text);
// "20260430", as in file names.
std::string CompactDate(Date date);
// "04/30/2026".
std::string SlashDate(Date date);
// "2026-04-30".
std::string IsoDate(Date date);

}  // namespace octo::sample
