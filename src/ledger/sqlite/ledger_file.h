#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace octo::ledger::sqlite {

// Makes an empty file of mode 0600, and missing folders of mode 0700 above it, if there is none;
// durable when it returns. Returns the absolute path. Throws kDenied (process scope) saying which
// folder or file, and why.
std::filesystem::path PrepareLedgerFile(const std::filesystem::path& path);

// "NFS", "SMB", ... if the path lies on a file system of another machine, where the shared memory
// that SQLite's WAL needs does not work; empty for local ones, and when it can't be told.
std::string NetworkFileSystem(const std::filesystem::path& path);
// The same for the magic number that statfs(2) gives.
std::string_view NetworkFileSystemName(long magic);

}  // namespace octo::ledger::sqlite
