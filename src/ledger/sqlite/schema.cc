#include "ledger/sqlite/schema.h"

#include <fmt/core.h>

#include <array>

#include "base/error.h"

namespace octo::ledger::sqlite {
namespace {

// "Octo" in the file's header tells our databases from others.
constexpr int64_t kApplicationId = 0x4f63746f;

// Times are microseconds since 1970 UTC, errors and facts are JSON.
constexpr const char* kFirst = R"sql(
CREATE TABLE deliveries (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  path TEXT NOT NULL,
  version INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN (
    'pending', 'fetching', 'committing', 'landed', 'adopted', 'quarantined', 'conflict')),
  tries INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER,
  incomplete_since INTEGER,
  error TEXT,
  content TEXT NOT NULL DEFAULT '',
  facts TEXT NOT NULL DEFAULT '',
  discovered INTEGER NOT NULL,
  landed INTEGER,
  token INTEGER NOT NULL DEFAULT 0,
  worker TEXT,
  attempt TEXT,
  lease_until INTEGER,
  UNIQUE (provider, path, version),
  CHECK ((lease_until IS NOT NULL) = (state IN ('fetching', 'committing')))
) STRICT;
CREATE INDEX deliveries_by_discovery ON deliveries (discovered);
CREATE INDEX deliveries_by_state ON deliveries (state, discovered);
CREATE INDEX deliveries_leased ON deliveries (provider, lease_until) WHERE lease_until IS NOT NULL;

CREATE TABLE aliases (
  provider TEXT NOT NULL,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  PRIMARY KEY (provider, path, bytes, modified)
) STRICT, WITHOUT ROWID;
CREATE INDEX aliases_of_delivery ON aliases (delivery);

CREATE TABLE attempt_keys (
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  attempt TEXT NOT NULL,
  key TEXT NOT NULL,
  PRIMARY KEY (delivery, attempt, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE prepared (
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  entry TEXT NOT NULL,
  url TEXT NOT NULL,
  key TEXT NOT NULL,
  attempt TEXT NOT NULL,
  object TEXT NOT NULL,
  PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX prepared_by_url ON prepared (url);

CREATE TABLE objects (
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  entry TEXT NOT NULL,
  key TEXT NOT NULL,
  url TEXT NOT NULL,
  etag TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  PRIMARY KEY (delivery, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX objects_by_url ON objects (url);

CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  provider TEXT NOT NULL,
  delivery TEXT NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  action TEXT NOT NULL,
  payload TEXT NOT NULL,
  tries INTEGER NOT NULL DEFAULT 0,
  next_try INTEGER,
  lease_until INTEGER,
  error TEXT
) STRICT;
CREATE INDEX outbox_by_provider ON outbox (provider, id);
CREATE INDEX outbox_by_delivery ON outbox (delivery, id);

CREATE TABLE jobs (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('running', 'complete', 'failed', 'cancelled', 'interrupted')),
  landed INTEGER NOT NULL DEFAULT 0,
  failed INTEGER NOT NULL DEFAULT 0,
  quarantined INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  known INTEGER NOT NULL DEFAULT 0,
  adopted INTEGER NOT NULL DEFAULT 0,
  conflict INTEGER NOT NULL DEFAULT 0,
  bytes INTEGER NOT NULL DEFAULT 0,
  details TEXT NOT NULL DEFAULT '',
  error TEXT,
  worker TEXT NOT NULL,
  started INTEGER NOT NULL,
  finished INTEGER,
  lease_until INTEGER NOT NULL
) STRICT;
CREATE INDEX jobs_by_start ON jobs (started);
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';

CREATE TABLE events (
  seq INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  job TEXT NOT NULL,
  delivery TEXT NOT NULL,
  kind TEXT NOT NULL,
  text TEXT NOT NULL
) STRICT;
CREATE INDEX events_by_job ON events (job, at);
CREATE INDEX events_by_delivery ON events (delivery, at);

CREATE TABLE profiles (
  provider TEXT PRIMARY KEY,
  profile TEXT NOT NULL,
  updated INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
)sql";

// Migration n brings a database of version n to n + 1. Add to the end; never change one that was
// released.
constexpr std::array kMigrations = {kFirst};
constexpr auto kVersion = static_cast<int64_t>(kMigrations.size());

int64_t Number(Database& database, std::string_view sql) {
  Query query = database.Select(sql);
  return query.Step() ? query.Integer(0) : 0;
}

Error Refusal(std::string message, std::string hint) {
  return {ErrorKind::kUsage, ErrorScope::kProcess, "ledger", std::move(message), std::move(hint)};
}

// The version of the schema; 0 for an empty database. In a transaction.
int64_t CheckedVersion(Database& database) {
  const int64_t version = Number(database, "PRAGMA user_version");
  if (Number(database, "PRAGMA application_id") != kApplicationId) {
    if (version == 0 && Number(database, "SELECT count(*) FROM sqlite_schema") == 0) return 0;
    throw Refusal(
        fmt::format("{} is not a ledger: it is a database of something else", database.path()),
        "name another file in [ledger] url");
  }
  if (version > kVersion) {
    throw Refusal(fmt::format("the ledger {} was written by a newer Octo (its schema is {}, this "
                              "program knows up to {})",
                              database.path(), version, kVersion),
                  "use the newer program, or another ledger");
  }
  return version;
}

}  // namespace

void Migrate(Database& database) {
  int64_t found = database.Read([&] { return CheckedVersion(database); });
  database.UseWriteAheadLog();  // always: a backup that was copied back has lost the mode
  while (found < kVersion) {
    database.Write(Durability::kPower, [&] {
      found = CheckedVersion(database);  // another process may have been faster
      if (found == kVersion) return;
      database.RunScript(kMigrations.at(static_cast<size_t>(found)));
      database.RunScript(fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {};",
                                     kApplicationId, ++found)
                             .c_str());
    });
  }
}

}  // namespace octo::ledger::sqlite
