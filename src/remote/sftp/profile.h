#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace octo::remote::sftp {

// What was learned about a server, kept from one connection to the next.
struct Profile {
  uint64_t window_bytes = 0;                    // where the window stood; 0 = unknown
  uint64_t window_ceiling = 0;                  // the most that it bears; 0 = unknown
  uint64_t max_sessions = 0;                    // it refused one more; 0 = unknown
  std::optional<int64_t> clock_offset_seconds;  // the server's clock minus ours

  bool empty() const {
    return window_bytes == 0 && window_ceiling == 0 && max_sessions == 0 && !clock_offset_seconds;
  }
};

// JSON. A profile that can't be read counts as empty: it is only what was learned.
std::string FormatProfile(const Profile& profile);
Profile ParseProfile(const std::string& json);

}  // namespace octo::remote::sftp
