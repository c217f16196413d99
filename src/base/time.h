#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace octo {

// Wall-clock time, UTC. Microseconds everywhere: in the ledger, in JSON, in comparisons.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// Where "now" comes from; tests pass their own.
using WallClock = std::function<WallTime()>;

WallTime SystemNow();

// RFC 3339 in UTC: "2026-05-01T06:30:00Z", with ".123456" when there are microseconds.
std::string FormatTime(WallTime time);
std::optional<WallTime> ParseTime(std::string_view text);
// "2026-05-01" in UTC.
std::string FormatDate(WallTime time);

}  // namespace octo
