#pragma once

#include <string>

#include "base/error.h"

struct sqlite3;

namespace octo::ledger::sqlite {

// The failure of the last call on this connection, or of opening `path` (`connection` may be null
// then), as an error that tells a person what to do. `code` is SQLite's result code, extended or
// not.
Error Failure(sqlite3* connection, int code, const std::string& path);

// A broken invariant, or a call that the state charts do not allow (process scope).
Error Bug(std::string message);

}  // namespace octo::ledger::sqlite
