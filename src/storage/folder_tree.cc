#include "storage/folder_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <system_error>
#include <vector>

#include "base/error.h"
#include "storage/object_key.h"

namespace octo::storage {
namespace {

constexpr int kOpenFolder = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
constexpr const char* kList = "list";
// How many names of one folder are held at once; a larger folder is read several times.
constexpr size_t kMostNames = 65'536;

struct CloseFolder {
  void operator()(DIR* folder) const { closedir(folder); }
};

// Calls `take` with every entry of the folder but "." and "..".
template <typename Take>
void ReadFolder(int folder_fd, std::string_view stage, const std::string& path, Take take) {
  const int fd =
      openat(folder_fd, ".", kOpenFolder);  // a descriptor of its own: fdopendir takes it
  if (fd < 0) ThrowPosixError(errno, stage, fmt::format("cannot open the folder {}", path));
  const std::unique_ptr<DIR, CloseFolder> folder(fdopendir(fd));
  while (true) {
    errno = 0;
    const dirent* entry = readdir(folder.get());
    if (entry == nullptr) break;
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") take(*entry);
  }
  if (errno != 0) ThrowPosixError(errno, stage, fmt::format("cannot read the folder {}", path));
}

// The names in a folder that come after `after`, in order, those of folders with '/' behind them:
// that is how they compare within keys. The first kMostNames of them at most.
std::vector<std::string> NextNames(int folder_fd, const std::string& after, const std::string& path,
                                   const std::function<bool(const std::string&)>& hidden) {
  std::vector<std::string> names;
  const auto keep_first = [&] {
    std::sort(names.begin(), names.end());
    if (names.size() > kMostNames) names.resize(kMostNames);
  };
  ReadFolder(folder_fd, kList, path, [&](const dirent& entry) {
    std::string name = entry.d_name;
    if (hidden(name)) return;
    struct stat status {};
    if (entry.d_type == DT_UNKNOWN &&
        fstatat(folder_fd, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) != 0)
      return;
    if (entry.d_type == DT_DIR || S_ISDIR(status.st_mode)) name += '/';
    if (name > after) names.push_back(std::move(name));
    if (names.size() >= 2 * kMostNames) keep_first();
  });
  keep_first();
  return names;
}

// Whether a key that begins with `begin` can begin with `prefix`.
bool MayMatch(const std::string& begin, const std::string& prefix) {
  const size_t shared = std::min(begin.size(), prefix.size());
  return begin.compare(0, shared, prefix, 0, shared) == 0;
}

bool LeadsUp(const std::string& part) { return part == "." || part == ".."; }

}  // namespace

std::optional<PosixFile> FolderTree::OpenParent(const std::string& key,
                                                std::string_view stage) const {
  const auto parts = KeyParts(key);
  if (std::any_of(parts.begin(), parts.end(), LeadsUp)) return std::nullopt;
  PosixFile folder(open(root_.c_str(), kOpenFolder));
  for (size_t i = 0; i + 1 < parts.size() && folder.is_open(); ++i) {
    folder = PosixFile(openat(folder.fd(), parts[i].c_str(), kOpenFolder | O_NOFOLLOW));
  }
  if (folder.is_open()) return folder;
  if (errno == ENOENT || errno == ENOTDIR || errno == ELOOP) return std::nullopt;
  ThrowPosixError(errno, stage, fmt::format("cannot open the folder of {}", PathOf(key)));
}

// Whatever is wrong with the root is wrong for every delivery.
void FolderTree::ThrowRootError(int error_number, std::string_view stage) const {
  try {
    ThrowPosixError(error_number, stage, fmt::format("cannot use the folder {}", root_.string()));
  } catch (Error& error) {
    if (error.scope == ErrorScope::kDelivery) {
      error.kind = ErrorKind::kPermanent;
      error.hint = "the destination must be a folder: correct it, or move away what stands there";
    }
    error.scope = ErrorScope::kDestination;
    throw;
  }
}

PosixFile FolderTree::MakeParent(const std::string& key, std::string_view stage) const {
  std::error_code failure;
  std::filesystem::create_directories(root_, failure);
  PosixFile folder(open(root_.c_str(), kOpenFolder));
  if (failure || !folder.is_open()) ThrowRootError(failure ? failure.value() : errno, stage);
  const auto parts = KeyParts(key);
  for (size_t i = 0; i + 1 < parts.size() && folder.is_open(); ++i) {
    if (mkdirat(folder.fd(), parts[i].c_str(), 0777) == 0) {
      SyncToDisk(folder, stage, fmt::format("the folder {}", parts[i]));
    } else if (errno != EEXIST) {
      ThrowPosixError(errno, stage,
                      fmt::format("cannot make the folder {} for {}", parts[i], PathOf(key)));
    }
    folder = PosixFile(openat(folder.fd(), parts[i].c_str(), kOpenFolder | O_NOFOLLOW));
  }
  if (!folder.is_open())
    ThrowPosixError(errno, stage, fmt::format("cannot open the folder of {}", PathOf(key)));
  return folder;
}

std::vector<std::string> FolderTree::NamesIn(const PosixFile& folder, const std::string& begin,
                                             std::string_view stage) {
  std::vector<std::string> names;
  ReadFolder(folder.fd(), stage, begin, [&](const dirent& entry) {
    if (std::string_view(entry.d_name).starts_with(begin)) names.emplace_back(entry.d_name);
  });
  return names;
}

bool FolderTree::VisitFolder(const PosixFile& folder, const std::string& path,
                             const std::string& prefix,
                             const std::function<bool(const std::string&)>& hidden,
                             const std::function<bool(const Found&)>& visit) const {
  std::string after;
  while (true) {
    const auto names = NextNames(folder.fd(), after, PathOf(path), hidden);
    for (const auto& name : names) {
      const std::string key = path + name;
      if (!MayMatch(key, prefix)) continue;
      if (name.back() == '/') {
        const std::string leaf = name.substr(0, name.size() - 1);
        const PosixFile inner(openat(folder.fd(), leaf.c_str(), kOpenFolder | O_NOFOLLOW));
        if (!inner.is_open() && errno == ENOENT) continue;  // removed meanwhile
        if (!inner.is_open())
          ThrowPosixError(errno, kList, fmt::format("cannot open the folder {}", PathOf(key)));
        if (!VisitFolder(inner, key, prefix, hidden, visit)) return false;
        continue;
      }
      struct stat status {};
      if (key.size() < prefix.size() ||
          fstatat(folder.fd(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0 ||
          !S_ISREG(status.st_mode)) {
        continue;
      }
      if (!visit({key, status})) return false;
    }
    if (names.size() < kMostNames) return true;
    after = names.back();
  }
}

void FolderTree::Visit(const std::string& prefix,
                       const std::function<bool(const std::string&)>& hidden,
                       const std::function<bool(const Found&)>& visit) const {
  const auto folder = OpenParent(prefix, kList);
  if (!folder) return;
  VisitFolder(*folder, prefix.substr(0, prefix.rfind('/') + 1), prefix, hidden, visit);
}

}  // namespace octo::storage
