#include "storage/file_source.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/error.h"

namespace octo::storage {
namespace {

constexpr const char* kStage = "storage";
constexpr uint64_t kMostAtOnce = uint64_t{4} << 20;  // between two looks at the stop token

}  // namespace

size_t FileSource::Read(std::span<std::byte> buffer) {
  if (error_) std::rethrow_exception(error_);
  try {
    return ReadSome(buffer);
  } catch (...) {
    error_ = std::current_exception();
    throw;
  }
}

size_t FileSource::ReadSome(std::span<std::byte> buffer) {
  context_.ThrowIfStopped(kStage);
  if (left_ == 0) return 0;
  const uint64_t wanted = std::min({uint64_t{buffer.size()}, left_, kMostAtOnce});
  ssize_t count = 0;
  do {
    count =
        pread(file_.fd(), buffer.data(), static_cast<size_t>(wanted), static_cast<off_t>(offset_));
  } while (count < 0 && errno == EINTR);
  if (count < 0) ThrowPosixError(errno, kStage, fmt::format("cannot read {}", path_));
  if (count == 0) {
    throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, kStage,
                fmt::format("{} became shorter while it was read", path_));
  }
  offset_ += static_cast<uint64_t>(count);
  left_ -= static_cast<uint64_t>(count);
  if (context_.progress != nullptr) context_.progress->bytes += static_cast<uint64_t>(count);
  return static_cast<size_t>(count);
}

}  // namespace octo::storage
