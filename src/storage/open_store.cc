#include "storage/open_store.h"

#include <fmt/core.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "storage/folder_store.h"
#include "storage/object_key.h"
#include "storage/s3_store.h"

namespace octo::storage {
namespace {

constexpr std::string_view kS3 = "s3://";
constexpr std::string_view kFile = "file://";

[[noreturn]] void Unusable(const std::string& url, std::string_view why) {
  throw Error(ErrorKind::kUsage, ErrorScope::kDestination, "storage",
              fmt::format("\"{}\" is not a destination: {}", url, why),
              "write s3://bucket/prefix, file:///folder, or the path of a folder");
}

std::unique_ptr<ObjectStore> OpenBucket(const std::string& url, S3Options s3) {
  const std::string rest = url.substr(kS3.size());
  const size_t slash = rest.find('/');
  s3.bucket = rest.substr(0, slash);
  s3.prefix = slash == std::string::npos ? "" : rest.substr(slash + 1);
  while (s3.prefix.ends_with('/')) s3.prefix.pop_back();
  if (!s3.prefix.empty()) CheckKey(s3.prefix);
  return std::make_unique<S3Store>(s3);
}

}  // namespace

std::unique_ptr<ObjectStore> OpenStore(const std::string& url, S3Options s3) {
  if (url.starts_with(kS3)) return OpenBucket(url, std::move(s3));
  if (url.starts_with(kFile)) {
    const std::string path = url.substr(kFile.size());
    if (!path.starts_with('/')) Unusable(url, "the path of a file url begins with a slash");
    return std::make_unique<FolderStore>(path);
  }
  if (url.empty()) Unusable(url, "it is empty");
  if (url.find("://") != std::string::npos) Unusable(url, "its scheme is unknown");
  return std::make_unique<FolderStore>(url);
}

}  // namespace octo::storage
