#pragma once

#include <optional>
#include <string>

#include "base/time.h"

namespace octo::net {

// The dates of HTTP headers (RFC 9110, section 5.6.7): "Sun, 06 Nov 1994 08:49:37 GMT".
std::optional<WallTime> ParseHttpDate(const std::string& text);

}  // namespace octo::net
