#include "provider/destination.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"
#include "provider/object_key.h"

namespace octo::provider {
namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kFile = "file://";

[[noreturn]] void Refuse(std::string_view url, std::string_view why) {
  throw Error(ErrorKind::kUsage, ErrorScope::kProvider, "config",
              fmt::format("The destination \"{}\" {}.", url, why),
              "write s3://bucket/prefix or file:///folder");
}

bool IsBucketCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '-' || c == '_';
}

std::string_view WithoutSlashesAtTheEnd(std::string_view path) {
  while (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

Destination ParseS3(std::string_view url) {
  const std::string_view rest = url.substr(kS3.size());
  const std::string_view bucket = rest.substr(0, rest.find('/'));
  const std::string_view prefix =
      WithoutSlashesAtTheEnd(rest.substr(std::min(bucket.size() + 1, rest.size())));
  if (bucket.size() < 3 || bucket.size() > 63 || !std::ranges::all_of(bucket, IsBucketCharacter)) {
    Refuse(url, "names no bucket: 3 to 63 letters, digits, '-', '.'");
  }
  if (!prefix.empty()) {
    if (const std::string problem = KeyProblem(prefix); !problem.empty())
      Refuse(url, "has a prefix that " + problem);
  }
  return {Destination::Kind::kS3, std::string(bucket), std::string(prefix), {}};
}

}  // namespace

Destination ParseDestination(std::string_view url) {
  if (url.starts_with(kS3)) return ParseS3(url);
  if (!url.starts_with(kFile)) Refuse(url, "is neither a bucket nor a folder");
  const std::string_view folder = url.substr(kFile.size());
  if (!folder.starts_with('/')) Refuse(url, "does not name an absolute path (three slashes)");
  const std::string_view path = WithoutSlashesAtTheEnd(folder);
  return {Destination::Kind::kFolder, {}, {}, std::string(path.empty() ? "/" : path)};
}

}  // namespace octo::provider
