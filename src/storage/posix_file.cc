#include "storage/posix_file.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "base/error.h"

namespace octo::storage {
namespace {

struct Meaning {
  ErrorKind kind;
  ErrorScope scope;
  const char* hint;
};

Meaning MeaningOf(int error_number) {
  switch (error_number) {
    case ENOSPC:
      return {
          ErrorKind::kTransient, ErrorScope::kDestination,
          "the disk is full: free some space (or inodes), then run again; nothing was left behind"};
    case EDQUOT:
      return {ErrorKind::kTransient, ErrorScope::kDestination,
              "the disk quota is used up: free some space or raise the quota, then run again; "
              "nothing was left behind"};
    case EACCES:
    case EPERM:
      return {ErrorKind::kDenied, ErrorScope::kDestination,
              "give the user that runs octo the right to read, write and search this folder"};
    case EROFS:
      return {ErrorKind::kDenied, ErrorScope::kDestination, "the file system is mounted read-only"};
    case ENAMETOOLONG:
      return {ErrorKind::kPermanent, ErrorScope::kDelivery,
              "the file system takes no name this long: change the layout or the naming of the "
              "provider"};
    case ENOTDIR:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ELOOP:
      return {ErrorKind::kConflict, ErrorScope::kDelivery,
              "something else stands where this key needs a file or a folder: move it away or "
              "change the layout"};
    case EFBIG:
      return {ErrorKind::kPermanent, ErrorScope::kDelivery,
              "the file system takes no file this large"};
    case EMFILE:
    case ENFILE:
      return {ErrorKind::kTransient, ErrorScope::kProcess,
              "too many open files: raise the limit (ulimit -n)"};
    default:
      return {ErrorKind::kTransient, ErrorScope::kDestination,
              "look at the state of the disk or the network mount"};
  }
}

}  // namespace

PosixFile::~PosixFile() {
  if (fd_ >= 0) close(fd_);
}

void ThrowPosixError(int error_number, std::string_view stage, std::string_view failed) {
  const Meaning meaning = MeaningOf(error_number);
  throw Error(meaning.kind, meaning.scope, std::string(stage),
              fmt::format("{}: {}", failed, ErrnoText(error_number)), meaning.hint);
}

void SyncToDisk(const PosixFile& file, std::string_view stage, std::string_view path) {
  if (fsync(file.fd()) != 0) {
    ThrowPosixError(errno, stage, fmt::format("cannot bring {} safely to disk", path));
  }
}

}  // namespace octo::storage
