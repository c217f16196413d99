#include "storage/folder_store.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.h"
#include "storage/file_metadata.h"
#include "storage/file_source.h"
#include "storage/object_key.h"

namespace octo::storage {
namespace {

constexpr const char* kPublish = "publish";
constexpr const char* kStore = "storage";

std::string Etag(const struct stat& status) {
  return fmt::format("{:x}-{:x}-{:x}.{:09}", status.st_ino, status.st_size, status.st_mtim.tv_sec,
                     status.st_mtim.tv_nsec);
}

WallTime Modified(const struct stat& status) {
  return WallTime(std::chrono::seconds(status.st_mtim.tv_sec) +
                  std::chrono::microseconds(status.st_mtim.tv_nsec / 1000));
}

ObjectInfo Info(const std::string& key, const struct stat& status) {
  return {key, static_cast<uint64_t>(status.st_size), Etag(status), Modified(status), {}};
}

// What stands under a name, links not followed; nullopt when nothing does.
std::optional<struct stat> Look(const PosixFile& parent, const std::string& leaf) {
  struct stat status {};
  if (fstatat(parent.fd(), leaf.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return status;
  if (errno == ENOENT) return std::nullopt;
  ThrowPosixError(errno, kStore, fmt::format("cannot look at {}", leaf));
}

bool IsOurs(const PosixFile& parent, const std::string& leaf, const struct stat& status,
            const stream::PreparedObject& object, const FileHandle& handle) {
  if (!S_ISREG(status.st_mode) || static_cast<uint64_t>(status.st_size) != object.bytes)
    return false;
  const PosixFile file(openat(parent.fd(), leaf.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.is_open()) {
    const auto metadata = FileMetadata(file.fd());
    const auto attempt = metadata.find("octo-attempt");
    // The attempt alone is not enough: it may have written this key twice, and only one of them was
    // prepared.
    if (attempt != metadata.end() && attempt->second != object.attempt) return false;
    const auto sha256 = metadata.find("octo-sha256");
    if (attempt != metadata.end() && sha256 != metadata.end())
      return sha256->second == object.sha256;
  }
  return status.st_dev == handle.device && status.st_ino == handle.inode;
}

bool Holds(const stream::Precondition& precondition, const std::optional<struct stat>& standing) {
  switch (precondition.kind) {
    case stream::Precondition::Kind::kNone:
      return true;
    case stream::Precondition::Kind::kAbsent:
      return !standing;
    case stream::Precondition::Kind::kMatches:
      break;
  }
  return standing && Etag(*standing) == precondition.etag;
}

// Gives a file its final name, replacing what stands there only if it may. 0 or an errno value.
int Move(const PosixFile& folder, const std::string& from, const std::string& to,
         stream::Precondition::Kind kind) {
  if (kind != stream::Precondition::Kind::kAbsent) {
    return renameat(folder.fd(), from.c_str(), folder.fd(), to.c_str()) == 0 ? 0 : errno;
  }
  if (renameat2(folder.fd(), from.c_str(), folder.fd(), to.c_str(), RENAME_NOREPLACE) == 0)
    return 0;
  if (errno != EINVAL && errno != ENOSYS) return errno;
  // A file system without that flag (some network and user-space ones): a second name, then drop
  // the first.
  return linkat(folder.fd(), from.c_str(), folder.fd(), to.c_str(), 0) == 0 ? 0 : errno;
}

// Keeps other processes of ours from changing the folder's objects between a check and an act.
// Waits in short steps, so that a stop is noticed. Held until the folder's descriptor is closed.
void LockFolder(const PosixFile& folder, const std::string& path, const stream::Context& context) {
  const auto give_up = std::chrono::steady_clock::now() + context.silence;
  while (flock(folder.fd(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK && errno != EINTR) {
      ThrowPosixError(errno, kPublish, fmt::format("cannot lock the folder of {}", path));
    }
    context.ThrowIfStopped(kPublish);
    if (std::chrono::steady_clock::now() > give_up) {
      throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, kPublish,
                  fmt::format("the folder of {} stayed locked by another process", path));
    }
    usleep(10'000);
  }
}

}  // namespace

FolderStore::FolderStore(const std::filesystem::path& root)
    : tree_(std::filesystem::absolute(root).lexically_normal()) {}

std::string FolderStore::Url() const {
  std::string path = tree_.root().string();
  while (path.ends_with('/')) path.pop_back();
  return "file://" + path;
}

std::unique_ptr<stream::Sink> FolderStore::Create(const std::string& key, CreateOptions options,
                                                  const stream::Context& context) {
  context.ThrowIfStopped("upload");
  CheckKey(key);
  const auto parts = KeyParts(key);
  if (std::any_of(parts.begin(), parts.end(), IsTemporaryName)) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, "upload",
                fmt::format("{} begins like one of octo's temporary files", tree_.PathOf(key)));
  }
  auto parent = tree_.MakeParent(key, "upload");
  const auto standing = Look(parent, tree_.LeafOf(key));
  // An empty folder is nothing to a store: an abandoned attempt may have made it.
  if (standing && S_ISDIR(standing->st_mode) &&
      unlinkat(parent.fd(), tree_.LeafOf(key).c_str(), AT_REMOVEDIR) != 0) {
    ThrowPosixError(EISDIR, "upload", fmt::format("cannot make a file {}", tree_.PathOf(key)));
  }
  return std::make_unique<FolderSink>(std::move(parent), key, tree_.PathOf(key), std::move(options),
                                      context);
}

PublishResult FolderStore::Published(const stream::PreparedObject& object, const PosixFile& parent,
                                     const FileHandle& handle, const struct stat& status) const {
  // The temporary name is still there if a rename by link and unlink was cut in the middle.
  unlinkat(parent.fd(), handle.name.c_str(), 0);
  SyncToDisk(parent, kPublish, fmt::format("the folder of {}", tree_.PathOf(object.key)));
  return {PublishResult::Outcome::kPublished,
          {object.key, Url() + "/" + object.key, Etag(status), object.bytes, object.sha256},
          {}};
}

PublishResult FolderStore::Conflict(const stream::PreparedObject& object, const PosixFile& parent,
                                    const FileHandle& handle, bool something_stands) const {
  unlinkat(parent.fd(), handle.name.c_str(), 0);
  const std::string path = tree_.PathOf(object.key);
  return {PublishResult::Outcome::kConflict,
          {},
          something_stands ? fmt::format("another file stands at {}", path)
                           : fmt::format("{} was to be replaced, and it is gone", path)};
}

PublishResult FolderStore::Publish(const stream::PreparedObject& object,
                                   const stream::Context& context) {
  context.ThrowIfStopped(kPublish);
  CheckKey(object.key);
  const std::string path = tree_.PathOf(object.key);
  const std::string leaf = tree_.LeafOf(object.key);
  const auto handle = FileHandle::Parse(object.handle);
  if (!handle) {
    throw Error(ErrorKind::kBug, ErrorScope::kDelivery, kPublish,
                fmt::format("what was prepared for {} does not come from a folder", path));
  }
  PublishResult lost{
      PublishResult::Outcome::kLost, {}, fmt::format("the temporary file of {} is gone", path)};
  const auto parent = tree_.OpenParent(object.key, kPublish);
  if (!parent) return lost;
  if (object.precondition.kind == stream::Precondition::Kind::kMatches)
    LockFolder(*parent, path, context);

  const auto before = Look(*parent, leaf);
  if (before && IsOurs(*parent, leaf, *before, object, *handle))
    return Published(object, *parent, *handle, *before);
  if (!Holds(object.precondition, before))
    return Conflict(object, *parent, *handle, before.has_value());
  const auto temporary = Look(*parent, handle->name);
  if (!temporary || static_cast<uint64_t>(temporary->st_size) != object.bytes) return lost;
  const int failure = Move(*parent, handle->name, leaf, object.precondition.kind);

  // What stands there now decides, whatever the rename said: another call for this object may have
  // come first.
  const auto after = Look(*parent, leaf);
  if (after && IsOurs(*parent, leaf, *after, object, *handle))
    return Published(object, *parent, *handle, *after);
  if (failure == EEXIST || failure == EISDIR) return Conflict(object, *parent, *handle, true);
  if (failure == 0 || failure == ENOENT) return lost;
  ThrowPosixError(failure, kPublish, fmt::format("cannot publish {}", path));
}

void FolderStore::Abandon(const stream::PreparedObject& object, const stream::Context&) {
  CheckKey(object.key);
  const auto handle = FileHandle::Parse(object.handle);
  const auto parent = tree_.OpenParent(object.key, kStore);
  if (!handle || !parent) return;
  if (unlinkat(parent->fd(), handle->name.c_str(), 0) != 0 && errno != ENOENT) {
    ThrowPosixError(errno, kStore,
                    fmt::format("cannot remove a temporary file of {}", tree_.PathOf(object.key)));
  }
}

void FolderStore::AbandonAttempts(const std::string& key, const std::vector<std::string>& keep,
                                  const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  const auto parent = tree_.OpenParent(key, kStore);
  if (!parent) return;
  std::vector<std::string> kept;
  for (const auto& text : keep) {
    if (const auto handle = FileHandle::Parse(text)) kept.push_back(handle->name);
  }
  const std::string begin = TemporaryNamesBegin(key);
  for (const auto& name : FolderTree::NamesIn(*parent, begin, kStore)) {
    if (std::find(kept.begin(), kept.end(), name) != kept.end()) continue;
    if (unlinkat(parent->fd(), name.c_str(), 0) != 0 && errno != ENOENT) {
      ThrowPosixError(errno, kStore,
                      fmt::format("cannot remove a temporary file of {}", tree_.PathOf(key)));
    }
  }
}

std::unique_ptr<stream::Source> FolderStore::Open(const std::string& key, ByteRange range,
                                                  const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  const auto parent = tree_.OpenParent(key, kStore);
  PosixFile file;
  if (parent)
    file = PosixFile(openat(parent->fd(), tree_.LeafOf(key).c_str(),
                            O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (parent && !file.is_open() && errno != ENOENT) {
    ThrowPosixError(errno, kStore, fmt::format("cannot open {}", tree_.PathOf(key)));
  }
  struct stat status {};
  if (!file.is_open() || fstat(file.fd(), &status) != 0 || !S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, kStore,
                fmt::format("there is no file {}", tree_.PathOf(key)));
  }
  const auto size = static_cast<uint64_t>(status.st_size);
  const uint64_t begin = std::min(range.offset, size);
  return std::make_unique<FileSource>(std::move(file), tree_.PathOf(key), begin,
                                      std::min(range.bytes.value_or(size), size - begin), context);
}

std::optional<ObjectInfo> FolderStore::Stat(const std::string& key,
                                            const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  const auto parent = tree_.OpenParent(key, kStore);
  if (!parent) return std::nullopt;
  const auto status = Look(*parent, tree_.LeafOf(key));
  if (!status || !S_ISREG(status->st_mode)) return std::nullopt;
  ObjectInfo info = Info(key, *status);
  const PosixFile file(
      openat(parent->fd(), tree_.LeafOf(key).c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (file.is_open()) info.metadata = FileMetadata(file.fd());
  info.metadata.erase("mime_type");
  return info;
}

void FolderStore::List(const std::string& prefix,
                       const std::function<bool(const ObjectInfo&)>& visit,
                       const stream::Context& context) {
  context.ThrowIfStopped("list");
  tree_.Visit(
      prefix, [](const std::string& name) { return IsTemporaryName(name); },
      [&](const FolderTree::Found& found) {
        context.ThrowIfStopped("list");
        return visit(Info(found.key, found.status));
      });
}

void FolderStore::Remove(const std::string& key, const stream::Precondition& precondition,
                         const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  const auto parent = tree_.OpenParent(key, kStore);
  if (!parent) return;
  const bool matches = precondition.kind == stream::Precondition::Kind::kMatches;
  if (matches) LockFolder(*parent, tree_.PathOf(key), context);
  const auto standing = Look(*parent, tree_.LeafOf(key));
  if (!standing || S_ISDIR(standing->st_mode)) return;
  if (matches && Etag(*standing) != precondition.etag) {
    throw Error(
        ErrorKind::kConflict, ErrorScope::kDelivery, kStore,
        fmt::format("{} is another file than the one that was to be removed", tree_.PathOf(key)));
  }
  if (unlinkat(parent->fd(), tree_.LeafOf(key).c_str(), 0) != 0 && errno != ENOENT) {
    ThrowPosixError(errno, kStore, fmt::format("cannot remove {}", tree_.PathOf(key)));
  }
  SyncToDisk(*parent, kStore, fmt::format("the folder of {}", tree_.PathOf(key)));
}

}  // namespace octo::storage
