#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/posix_file.h"

namespace octo::storage {

// A folder on disk and what lies under it, reached part by part through descriptors: a symbolic
// link below the root is never followed, so no key leads out of the folder. (The root itself may be
// reached through links: that is the user's choice.) Thread-safe.
class FolderTree {
 public:
  explicit FolderTree(std::filesystem::path root) : root_(std::move(root)) {}

  const std::filesystem::path& root() const { return root_; }
  std::string PathOf(std::string_view key) const { return (root_ / key).string(); }
  static std::string LeafOf(std::string_view key) {
    return std::string(key.substr(key.rfind('/') + 1));
  }

  // The folder that holds the key's leaf; nullopt when it does not exist.
  std::optional<PosixFile> OpenParent(const std::string& key, std::string_view stage) const;
  // The same, with missing folders made (the root too) and made durable.
  PosixFile MakeParent(const std::string& key, std::string_view stage) const;

  // The names in a folder that begin with `begin`, in no order.
  static std::vector<std::string> NamesIn(const PosixFile& folder, const std::string& begin,
                                          std::string_view stage);

  // Every regular file whose key begins with `prefix`, in order of key (bytes compared, as S3
  // does), with its folder and leaf name; the visitor returns false to stop. Names for which
  // `hidden` says so are left out, and so are links, sockets and the like. Memory is bounded
  // however many names a folder holds.
  struct Found {
    const std::string& key;
    const struct stat& status;
  };
  void Visit(const std::string& prefix, const std::function<bool(const std::string&)>& hidden,
             const std::function<bool(const Found&)>& visit) const;

 private:
  bool VisitFolder(const PosixFile& folder, const std::string& path, const std::string& prefix,
                   const std::function<bool(const std::string&)>& hidden,
                   const std::function<bool(const Found&)>& visit) const;

  [[noreturn]] void ThrowRootError(int error_number, std::string_view stage) const;

  std::filesystem::path root_;
};

}  // namespace octo::storage
