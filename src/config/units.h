#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace octo::config {

// "128 MiB", "1.5 GB", "4096" (bytes) as bytes. B, kB MB GB TB (powers of 1000), KiB MiB GiB TiB
// (powers of 1024), in any case. Nullopt for anything else, or what does not fit.
std::optional<uint64_t> ParseSize(std::string_view text);
// "10 MB/s" as bytes per second; "unlimited" as 0.
std::optional<uint64_t> ParseRate(std::string_view text);
// "60s", "5 m", "24h", "2d", "1h30m". Whole numbers of s, m, h, d.
std::optional<std::chrono::seconds> ParseDuration(std::string_view text);

// The shortest exact form that the functions above read: "128 MiB", "1000 B"; "90s", "24h".
std::string FormatSize(uint64_t bytes);
std::string FormatDuration(std::chrono::seconds duration);

}  // namespace octo::config
