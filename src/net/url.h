#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace octo::net {

// RFC 3986 percent-encoding of everything but unreserved characters (and '/' if it is to be kept),
// upper-case digits: what AWS signatures need.
std::string PercentEncode(std::string_view text, bool keep_slash = false);
// The inverse; '+' is a space if `plus_is_space`. Malformed escapes stay as they are.
std::string PercentDecode(std::string_view text, bool plus_is_space = false);

struct Url {
  std::string scheme;     // "http" or "https"
  std::string authority;  // "host" or "host:port"
  std::string path;       // "" or "/..."; without query

  std::string Host() const;    // without port and without the brackets of an IPv6 address
  std::string Origin() const;  // "https://host:port"
};

// nullopt unless it is an http or https url with a host, without user name, query and fragment.
std::optional<Url> ParseUrl(std::string_view text);

}  // namespace octo::net
