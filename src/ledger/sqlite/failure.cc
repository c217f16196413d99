#include "ledger/sqlite/failure.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <cerrno>

#include "ledger/sqlite/ledger_file.h"

namespace octo::ledger::sqlite {
namespace {

Error ProcessError(ErrorKind kind, std::string message, std::string hint) {
  return {kind, ErrorScope::kProcess, "ledger", std::move(message), std::move(hint)};
}

std::string DiskHint(const std::string& path) {
  const std::string network = NetworkFileSystem(path);
  if (network.empty()) return "look at the disk and the system's log";
  return fmt::format(
      "the ledger lies on a network file system ({}): move it to a local disk, or share a "
      "PostgreSQL ledger",
      network);
}

}  // namespace

Error Bug(std::string message) {
  return ProcessError(ErrorKind::kBug, std::move(message), "please report this");
}

Error Failure(sqlite3* connection, int code, const std::string& path) {
  const int reason = connection != nullptr ? sqlite3_system_errno(connection) : 0;
  std::string detail = connection != nullptr ? sqlite3_errmsg(connection) : sqlite3_errstr(code);
  switch (code & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ProcessError(
          ErrorKind::kTransient,
          fmt::format("the ledger {} is busy: another process is writing to it", path),
          "try again; if it stays so, look for the process that holds it (fuser -v)");
    case SQLITE_FULL:
      return ProcessError(ErrorKind::kTransient,
                          fmt::format("the disk under the ledger {} is full", path),
                          "free some space; nothing is lost, the work goes on where it was");
    case SQLITE_NOTADB:
      return ProcessError(ErrorKind::kUsage,
                          fmt::format("{} is not a ledger: it is no SQLite database", path),
                          "name another file in [ledger] url");
    case SQLITE_CORRUPT:
      return ProcessError(ErrorKind::kCorrupt,
                          fmt::format("the ledger {} is damaged: {}", path, detail),
                          "restore it from a backup, or rebuild it: octo ledger rebuild");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return ProcessError(ErrorKind::kDenied,
                          fmt::format("the ledger {} can't be written: {}", path, detail),
                          "give this user the right to write the file and its folder");
    case SQLITE_CANTOPEN:
      if (reason != 0) detail = ErrnoText(reason);
      return ProcessError(
          ErrorKind::kDenied, fmt::format("the ledger {} can't be opened: {}", path, detail),
          "check that it is a file, and that this user may write it and its folder");
    case SQLITE_IOERR:
    case SQLITE_PROTOCOL:
      if (reason == ENOSPC) return Failure(nullptr, SQLITE_FULL, path);
      if (reason != 0) detail += fmt::format(" ({})", ErrnoText(reason));
      return ProcessError(
          ErrorKind::kTransient,
          fmt::format("the ledger {} could not be read or written: {}", path, detail),
          DiskHint(path));
    case SQLITE_NOMEM:
      return ProcessError(ErrorKind::kTransient, "out of memory while using the ledger", {});
    default:
      return Bug(fmt::format("the ledger {} failed: {}", path, detail));
  }
}

}  // namespace octo::ledger::sqlite
