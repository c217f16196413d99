#include "net/http_date.h"

#include <curl/curl.h>

#include <chrono>

namespace octo::net {

std::optional<WallTime> ParseHttpDate(const std::string& text) {
  const time_t seconds = curl_getdate(text.c_str(), nullptr);
  if (text.empty() || seconds < 0) return std::nullopt;
  return WallTime(std::chrono::seconds(seconds));
}

}  // namespace octo::net
