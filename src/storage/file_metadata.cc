#include "storage/file_metadata.h"

#include <sys/xattr.h>

#include <string_view>

namespace octo::storage {
namespace {

constexpr std::string_view kSpace = "user.";

}  // namespace

void SetFileMetadata(int fd, const std::string& name, const std::string& value) {
  static_cast<void>(
      fsetxattr(fd, (std::string(kSpace) + name).c_str(), value.data(), value.size(), 0));
}

Metadata FileMetadata(int fd) {
  std::string names(size_t{64} * 1024, '\0');  // the most that Linux lets a file have
  const ssize_t names_bytes = flistxattr(fd, names.data(), names.size());
  if (names_bytes <= 0) return {};
  names.resize(static_cast<size_t>(names_bytes));
  Metadata metadata;
  for (size_t begin = 0; begin < names.size(); begin = names.find('\0', begin) + 1) {
    const std::string name = names.c_str() + begin;
    if (!name.starts_with(kSpace)) continue;
    std::string value(4096, '\0');
    const ssize_t value_bytes = fgetxattr(fd, name.c_str(), value.data(), value.size());
    if (value_bytes < 0) continue;
    value.resize(static_cast<size_t>(value_bytes));
    metadata[name.substr(kSpace.size())] = value;
  }
  return metadata;
}

}  // namespace octo::storage
