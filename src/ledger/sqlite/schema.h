#pragma once

#include "ledger/sqlite/database.h"

namespace octo::ledger::sqlite {

// Brings a database to this program's schema, each migration in a transaction of its own, in WAL
// mode. Several processes may do so at once. Throws kUsage for a newer schema and for a database of
// something else; both stay untouched.
void Migrate(Database& database);

}  // namespace octo::ledger::sqlite
