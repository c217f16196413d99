#include "storage/folder_sink.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "storage/file_metadata.h"
#include "storage/folder_tree.h"

namespace octo::storage {
namespace {

constexpr std::string_view kTemporary = ".octo~";
constexpr const char* kStage = "upload";
constexpr size_t kMostAtOnce = size_t{4} << 20;  // between two looks at the stop token

template <typename Number>
bool ParseNumber(std::string_view text, Number& number) {
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size();
}

}  // namespace

bool IsTemporaryName(std::string_view leaf) { return leaf.starts_with(kTemporary); }

std::string TemporaryNamesBegin(std::string_view key) {
  return fmt::format("{}{}~", kTemporary, crypto::Sha256Hex(FolderTree::LeafOf(key)).substr(0, 32));
}

std::string FileHandle::Text() const { return fmt::format("{}:{}:{}", name, device, inode); }

std::optional<FileHandle> FileHandle::Parse(std::string_view text) {
  const size_t first = text.find(':');
  const size_t second = first == std::string_view::npos ? first : text.find(':', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  FileHandle handle;
  handle.name = text.substr(0, first);
  if (!IsTemporaryName(handle.name) || handle.name.find('/') != std::string::npos ||
      !ParseNumber(text.substr(first + 1, second - first - 1), handle.device) ||
      !ParseNumber(text.substr(second + 1), handle.inode)) {
    return std::nullopt;
  }
  return handle;
}

FolderSink::FolderSink(PosixFile parent, std::string key, std::string path, CreateOptions options,
                       stream::Context context)
    : parent_(std::move(parent)),
      key_(std::move(key)),
      path_(std::move(path)),
      options_(std::move(options)),
      context_(std::move(context)),
      temporary_(TemporaryNamesBegin(key_) + crypto::Hex(crypto::RandomBytes(8))),
      file_(openat(parent_.fd(), temporary_.c_str(),
                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666)) {
  if (!file_.is_open())
    ThrowPosixError(errno, kStage, fmt::format("cannot make a file for {}", path_));
  SetFileMetadata(file_.fd(), "mime_type", options_.content_type);
  for (const auto& [name, value] : options_.metadata) SetFileMetadata(file_.fd(), name, value);
  SetFileMetadata(file_.fd(), "octo-attempt", options_.attempt);
}

FolderSink::~FolderSink() {
  if (!prepared_) Discard();
}

void FolderSink::Discard() noexcept {
  if (file_.is_open()) unlinkat(parent_.fd(), temporary_.c_str(), 0);
  file_ = PosixFile();
}

template <typename Step>
auto FolderSink::Run(Step step) {
  if (error_) std::rethrow_exception(error_);
  try {
    context_.ThrowIfStopped(kStage);
    return step();
  } catch (...) {
    error_ = std::current_exception();
    Discard();
    throw;
  }
}

void FolderSink::WriteSome(std::span<const std::byte> data) {
  while (!data.empty()) {
    const ssize_t written = write(file_.fd(), data.data(), data.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) ThrowPosixError(errno, kStage, fmt::format("cannot write {}", path_));
    data = data.subspan(static_cast<size_t>(written));
  }
}

void FolderSink::Write(std::span<const std::byte> data) {
  while (!data.empty()) {
    const auto some = data.first(std::min(data.size(), kMostAtOnce));
    Run([&] {
      WriteSome(some);
      digest_.Update(some);
      bytes_ += some.size();
    });
    if (context_.progress != nullptr) context_.progress->bytes += some.size();
    data = data.subspan(some.size());
  }
}

stream::PreparedObject FolderSink::Prepare() {
  return Run([&] {
    stream::PreparedObject object;
    object.key = key_;
    object.attempt = options_.attempt;
    object.bytes = bytes_;
    object.sha256 = digest_.FinishHex();
    object.precondition = options_.precondition;
    SetFileMetadata(file_.fd(), "octo-sha256", object.sha256);
    SyncToDisk(file_, kStage, path_);
    SyncToDisk(parent_, kStage, fmt::format("the folder of {}", path_));
    struct stat status {};
    if (fstat(file_.fd(), &status) != 0)
      ThrowPosixError(errno, kStage, fmt::format("cannot look at {}", path_));
    object.handle = FileHandle{temporary_, status.st_dev, status.st_ino}.Text();
    prepared_ = true;
    return object;
  });
}

}  // namespace octo::storage
