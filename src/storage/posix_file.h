#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>
#include <utility>

namespace octo::storage {

// An open file descriptor, closed when it goes. Movable.
class PosixFile {
 public:
  PosixFile() = default;
  explicit PosixFile(int fd) : fd_(fd) {}
  PosixFile(PosixFile&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  PosixFile& operator=(PosixFile&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~PosixFile();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

// Throws what `error_number` means for a store: a full disk, a read-only or failing disk and
// refused permissions are the destination's; a name that is too long or a file where a folder is
// needed is the delivery's. `failed` is the sentence's beginning: "cannot create /data/x.csv".
[[noreturn]] void ThrowPosixError(int error_number, std::string_view stage,
                                  std::string_view failed);

// fsync, with that error.
void SyncToDisk(const PosixFile& file, std::string_view stage, std::string_view path);

}  // namespace octo::storage
