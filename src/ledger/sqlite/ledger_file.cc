#include "ledger/sqlite/ledger_file.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/error.h"

namespace octo::ledger::sqlite {
namespace {

Error CantMake(std::string_view what, const std::filesystem::path& path) {
  return {ErrorKind::kDenied, ErrorScope::kProcess, "ledger",
          fmt::format("can't make the ledger's {} {}: {}", what, path.string(), ErrnoText(errno)),
          "name a place in [ledger] url where this user may write"};
}

// A new name in a folder survives a power cut only when the folder is synced, too.
void SyncFolder(const std::filesystem::path& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;  // a folder that may be entered but not read: nothing to be done
  ::fsync(fd);
  ::close(fd);
}

void MakeFolders(const std::filesystem::path& folder) {
  struct stat found {};
  if (folder.empty() || ::stat(folder.c_str(), &found) == 0) return;
  MakeFolders(folder.parent_path());
  if (::mkdir(folder.c_str(), 0700) == 0) {
    SyncFolder(folder.parent_path());
  } else if (errno != EEXIST) {
    throw CantMake("folder", folder);
  }
}

}  // namespace

std::filesystem::path PrepareLedgerFile(const std::filesystem::path& path) {
  if (path.empty() || !path.has_filename()) {
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "ledger",
                fmt::format("\"{}\" does not name a ledger file", path.string()),
                "for example url = \"sqlite:octo.db\" in [ledger]");
  }
  std::filesystem::path absolute = std::filesystem::absolute(path).lexically_normal();
  MakeFolders(absolute.parent_path());
  // Never open a file that exists: closing it again would drop the locks of this process's other
  // connections to it.
  const int fd = ::open(absolute.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd >= 0) {
    ::close(fd);
    SyncFolder(absolute.parent_path());
  } else if (errno != EEXIST) {
    throw CantMake("file", absolute);
  }
  return absolute;
}

std::string NetworkFileSystem(const std::filesystem::path& path) {
  struct statfs facts {};
  if (::statfs(path.c_str(), &facts) != 0) return {};
  return std::string(NetworkFileSystemName(static_cast<long>(facts.f_type)));
}

std::string_view NetworkFileSystemName(long magic) {
  // From statfs(2) and linux/magic.h. FUSE is left out: most of what is mounted so is local.
  constexpr std::array<std::pair<unsigned, std::string_view>, 10> kNames = {{
      {0x6969, "NFS"},
      {0x517b, "SMB"},
      {0xff534d42, "CIFS"},
      {0xfe534d42, "SMB"},
      {0x01021997, "9P"},
      {0x00c36400, "Ceph"},
      {0x0bd00bd0, "Lustre"},
      {0x5346414f, "AFS"},
      {0x01161970, "GFS2"},
      {0x47504653, "GPFS"},
  }};
  for (const auto& [number, name] : kNames) {
    if (number == static_cast<unsigned>(magic)) return name;
  }
  return {};
}

}  // namespace octo::ledger::sqlite
