#include "remote/folder/local_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <utility>

#include "base/error.h"
#include "crypto/digest.h"
#include "process/descriptor.h"

namespace octo::remote {
namespace {

using process::Descriptor;

[[noreturn]] void Fail(int error, const std::string& doing, const char* stage,
                       ErrorScope scope = ErrorScope::kDelivery) {
  ErrorKind kind = ErrorKind::kTransient;
  if (error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG || error == EISDIR) {
    kind = ErrorKind::kPermanent;
  }
  if (error == EACCES || error == EPERM || error == EROFS) kind = ErrorKind::kDenied;
  throw Error(kind, scope, stage, fmt::format("cannot {}: {}", doing, ErrnoText(error)));
}

RemoteEntry EntryOf(std::string path, const struct stat& attributes) {
  const auto modified = std::chrono::seconds(attributes.st_mtim.tv_sec) +
                        std::chrono::nanoseconds(attributes.st_mtim.tv_nsec);
  return {std::move(path), static_cast<uint64_t>(attributes.st_size),
          WallTime(std::chrono::duration_cast<std::chrono::microseconds>(modified)),
          S_ISREG(attributes.st_mode)};
}

class LocalFile final : public RemoteFile {
 public:
  LocalFile(std::filesystem::path full_path, const std::string& path, uint64_t offset,
            const stream::Context& context)
      : full_path_(std::move(full_path)), context_(context), position_(offset) {
    // Without O_NONBLOCK the opening of a named pipe would wait for its writer.
    file_ = Descriptor(open(full_path_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat attributes {};
    if (!file_.valid() || fstat(file_.get(), &attributes) != 0)
      Fail(errno, "open " + path, "download");
    at_open_ = EntryOf(path, attributes);
    if (!at_open_.is_file) {
      throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, "download",
                  fmt::format("cannot read {}: it is no file", path));
    }
    if (offset > at_open_.bytes) throw Changed("has fewer bytes than were read before");
  }

  const RemoteEntry& AtOpen() const override { return at_open_; }

  size_t Read(std::span<std::byte> buffer) override {
    if (error_) std::rethrow_exception(error_);
    if (ended_) return 0;
    try {
      return ReadSome(buffer);
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

 private:
  size_t ReadSome(std::span<std::byte> buffer) {
    context_.ThrowIfStopped("download");
    const size_t wanted = std::min<uint64_t>(buffer.size(), at_open_.bytes - position_);
    if (wanted == 0) {
      VerifyEnd();
      ended_ = true;
      return 0;
    }
    const ssize_t count = pread(file_.get(), buffer.data(), wanted, static_cast<off_t>(position_));
    if (count < 0) Fail(errno, "read " + at_open_.path, "download");
    if (count == 0) throw Changed("became shorter while it was read");
    position_ += static_cast<uint64_t>(count);
    if (context_.progress != nullptr) context_.progress->bytes += static_cast<uint64_t>(count);
    return static_cast<size_t>(count);
  }

  void VerifyEnd() const {
    struct stat handle {};
    struct stat path {};
    if (fstat(file_.get(), &handle) != 0) Fail(errno, "check " + at_open_.path, "download");
    if (stat(full_path_.c_str(), &path) != 0) {
      if (errno == ENOENT) throw Changed("was moved or removed while it was read");
      Fail(errno, "check " + at_open_.path, "download");
    }
    for (const auto& now : {EntryOf("", handle), EntryOf("", path)}) {
      if (now.bytes != at_open_.bytes || now.modified != at_open_.modified) {
        throw Changed("changed while it was read");
      }
    }
  }

  Error Changed(const char* how) const {
    return {ErrorKind::kIncomplete, ErrorScope::kDelivery, "download",
            fmt::format("{} {}", at_open_.path, how), "somebody may still be writing it"};
  }

  const std::filesystem::path full_path_;
  const stream::Context context_;
  Descriptor file_;
  RemoteEntry at_open_;
  uint64_t position_;
  bool ended_ = false;
  std::exception_ptr error_;
};

// A file that vanishes unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(std::filesystem::path path)
      : path_(std::move(path)),
        file_(open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)) {
    if (!file_.valid()) Fail(errno, "write " + path_.string(), "remote");
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() { unlink(path_.c_str()); }

  void Write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const ssize_t count = write(file_.get(), bytes.data(), bytes.size());
      if (count < 0 && errno != EINTR) Fail(errno, "write " + path_.string(), "remote");
      if (count > 0) bytes = bytes.subspan(static_cast<size_t>(count));
    }
  }
  void MakeDurable() {
    if (fsync(file_.get()) != 0) Fail(errno, "write " + path_.string(), "remote");
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  const std::filesystem::path path_;
  Descriptor file_;
};

class LocalFolder final : public RemoteFolder {
 public:
  explicit LocalFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void List(const std::function<void(const RemoteEntry&)>& visit,
            const stream::Context& context) override {
    const std::unique_ptr<DIR, int (*)(DIR*)> open_folder(opendir(folder_.c_str()), &closedir);
    if (!open_folder)
      Fail(errno, "list the folder " + folder_.string(), "list", ErrorScope::kProvider);
    while (true) {
      context.ThrowIfStopped("list");
      errno = 0;
      const dirent* entry = readdir(open_folder.get());
      if (entry == nullptr) break;
      const std::string name = entry->d_name;
      struct stat attributes {};
      // Gone since, or a link that leads nowhere: not there.
      if (name == "." || name == ".." ||
          fstatat(dirfd(open_folder.get()), entry->d_name, &attributes, 0) != 0)
        continue;
      visit(EntryOf(name, attributes));
    }
    if (errno != 0)
      Fail(errno, "list the folder " + folder_.string(), "list", ErrorScope::kProvider);
  }

  std::unique_ptr<RemoteFile> Open(const std::string& path, uint64_t offset,
                                   const stream::Context& context) override {
    return std::make_unique<LocalFile>(FullPath(path), path, offset, context);
  }

  std::optional<RemoteEntry> Stat(const std::string& path, const stream::Context&) override {
    struct stat attributes {};
    if (stat(FullPath(path).c_str(), &attributes) == 0) return EntryOf(path, attributes);
    if (errno == ENOENT || errno == ENOTDIR) return std::nullopt;
    Fail(errno, "look at " + path, "list");
  }

  void Remove(const std::string& path, const stream::Context&) override {
    if (unlink(FullPath(path).c_str()) != 0 && errno != ENOENT)
      Fail(errno, "remove " + path, "remote");
  }

  void Rename(const std::string& from, const std::string& to, const stream::Context&) override {
    const auto full_to = FullPath(to);
    MakeParents(full_to);
    MoveTo(FullPath(from), full_to, from, to);
  }

  void Put(const std::string& path, stream::Source& content,
           const stream::Context& context) override {
    const auto full_path = FullPath(path);
    MakeParents(full_path);
    if (std::filesystem::symlink_status(full_path).type() != std::filesystem::file_type::not_found)
      throw Occupied(path, path);
    TemporaryFile temporary(full_path.parent_path() / (".octo-" + crypto::RandomUuid() + ".tmp"));
    std::array<std::byte, 65536> buffer;
    while (const size_t count = content.Read(buffer)) {
      context.ThrowIfStopped("remote");
      temporary.Write(std::span(buffer).first(count));
    }
    temporary.MakeDurable();
    MoveTo(temporary.path(), full_path, path, path);
  }

  std::string Url() const override {
    return "file://" + std::filesystem::absolute(folder_).string();
  }

 private:
  std::filesystem::path FullPath(const std::string& path) const {
    const std::filesystem::path relative(path);
    bool inside = !path.empty() && relative.is_relative() && path.find('\0') == std::string::npos;
    for (const auto& part : relative) inside = inside && part != "..";
    if (!inside) {
      throw Error(ErrorKind::kUsage, ErrorScope::kDelivery, "remote",
                  fmt::format("\"{}\" is no path inside the folder", path));
    }
    return folder_ / relative;
  }

  static void MakeParents(const std::filesystem::path& full_path) {
    std::error_code error;
    std::filesystem::create_directories(full_path.parent_path(), error);
    if (error) Fail(error.value(), "make the folder " + full_path.parent_path().string(), "remote");
  }

  static Error Occupied(const std::string& from, const std::string& to) {
    return {ErrorKind::kConflict, ErrorScope::kDelivery, "remote",
            from == to ? fmt::format("cannot write {}: it is there already", to)
                       : fmt::format("cannot rename {}: {} is there already", from, to)};
  }

  // Never replaces, in one step.
  static void MoveTo(const std::filesystem::path& full_from, const std::filesystem::path& full_to,
                     const std::string& from, const std::string& to) {
    if (renameat2(AT_FDCWD, full_from.c_str(), AT_FDCWD, full_to.c_str(), RENAME_NOREPLACE) == 0)
      return;
    const int error = errno;
    struct stat attributes {};
    const bool done_before = error == ENOENT && lstat(full_to.c_str(), &attributes) == 0;
    if (done_before) return;
    if (error == EEXIST) throw Occupied(from, to);
    Fail(error, fmt::format("rename {} to {}", from, to), "remote");
  }

  const std::filesystem::path folder_;
};

}  // namespace

std::unique_ptr<RemoteFolder> MakeLocalFolder(std::filesystem::path folder) {
  return std::make_unique<LocalFolder>(std::move(folder));
}

}  // namespace octo::remote
