#pragma once

#include <string>
#include <string_view>

namespace octo::provider {

// Where a provider's objects go, taken from its url.
struct Destination {
  enum class Kind { kS3, kFolder };
  Kind kind = Kind::kFolder;
  std::string bucket;  // of kS3
  std::string prefix;  // of kS3, without '/' at either end; may be empty
  std::string folder;  // of kFolder: an absolute path

  bool operator==(const Destination&) const = default;
};

// "s3://bucket", "s3://bucket/prefix", "file:///folder" (the path as it stands, no %-escapes).
// Throws kUsage (provider scope) for anything else.
Destination ParseDestination(std::string_view url);

}  // namespace octo::provider
