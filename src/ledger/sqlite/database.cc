#include "ledger/sqlite/database.h"

#include <fmt/core.h>
#include <sqlite3.h>

#include <thread>

#include "base/error.h"
#include "ledger/sqlite/failure.h"
#include "ledger/sqlite/ledger_file.h"

namespace octo::ledger::sqlite {
namespace {

// Some conflicts SQLite answers at once, whatever its busy timeout.
constexpr std::chrono::milliseconds kPause = std::chrono::milliseconds(2);
constexpr int64_t kSynchronousFull = 2;

}  // namespace

void Database::CloseConnection::operator()(sqlite3* connection) const { sqlite3_close(connection); }
void Database::FinalizeStatement::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

Database::Database(std::string path, std::chrono::milliseconds patience)
    : path_(std::move(path)), patience_(patience) {
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(path_.c_str(), &connection,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) throw Failure(connection, code, path_);
  sqlite3_extended_result_codes(connection, 1);
  // SQLite opens a file without write permission for reading, and says nothing.
  if (sqlite3_db_readonly(connection, "main") == 1) throw Failure(nullptr, SQLITE_READONLY, path_);
  sqlite3_busy_timeout(connection, static_cast<int>(patience_.count()));
  RunScript("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL;");
}

Database::~Database() = default;

void Database::UseWriteAheadLog() {
  const std::lock_guard lock(mutex_);
  RunPatiently("PRAGMA journal_mode = WAL");
  Query mode = Select("PRAGMA journal_mode");
  if (mode.Step() && mode.Text(0) == "wal") return;
  const std::string network = NetworkFileSystem(path_);
  throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "ledger",
              fmt::format("the file system under the ledger {} can't be used: it does not support "
                          "SQLite's write-ahead log{}",
                          path_, network.empty() ? "" : " (" + network + ")"),
              "move the ledger to a local disk, or share a PostgreSQL ledger");
}

void Database::RunScript(const char* sql) {
  if (const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
      code != SQLITE_OK) {
    throw Failure(connection_.get(), code, path_);
  }
}

sqlite3_stmt* Database::Prepared(std::string_view sql) {
  const auto found = statements_.find(sql);
  if (found != statements_.end()) return found->second.get();
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) throw Failure(connection_.get(), code, path_);
  statements_.emplace(sql, statement);
  return statement;
}

int64_t Database::Changes() const { return sqlite3_changes64(connection_.get()); }

void Database::RunPatiently(std::string_view sql) {
  const auto deadline = std::chrono::steady_clock::now() + patience_;
  sqlite3_stmt* statement = Prepared(sql);
  while (true) {
    int code = sqlite3_step(statement);
    while (code == SQLITE_ROW) code = sqlite3_step(statement);
    if (code == SQLITE_DONE) break;
    const Error failure = Failure(connection_.get(), code, path_);
    sqlite3_reset(statement);
    if ((code & 0xff) != SQLITE_BUSY) throw failure;
    if (std::chrono::steady_clock::now() >= deadline) {
      throw Error(failure.kind, failure.scope, failure.stage,
                  fmt::format("{} (waited {} ms for it)", failure.message, patience_.count()),
                  failure.hint);
    }
    std::this_thread::sleep_for(kPause);
  }
  sqlite3_reset(statement);
}

Database::SyncedCommits::SyncedCommits(Database& database) : database_(database) {
  database_.RunScript("PRAGMA synchronous = FULL");
  Query setting = database_.Select("PRAGMA synchronous");
  if (!setting.Step() || setting.Integer(0) != kSynchronousFull) {
    throw Bug(fmt::format("the ledger {} can't be made to sync its commits", database_.path_));
  }
}

Database::SyncedCommits::~SyncedCommits() {
  sqlite3_exec(database_.connection_.get(), "PRAGMA synchronous = NORMAL", nullptr, nullptr,
               nullptr);
}

Database::Transaction::Transaction(Database& database, Mode mode) : database_(database) {
  if (mode == Mode::kWriteDurably) synced_.emplace(database);
  // A writer takes the lock at once: a reader that becomes a writer half-way could fail for good.
  database_.RunPatiently(mode == Mode::kRead ? "BEGIN" : "BEGIN IMMEDIATE");
}

Database::Transaction::~Transaction() {
  sqlite3* connection = database_.connection_.get();
  // After some failures SQLite has rolled back already.
  if (sqlite3_get_autocommit(connection) == 0) {
    sqlite3_exec(connection, "ROLLBACK", nullptr, nullptr, nullptr);
  }
}

void Database::Transaction::Commit() { database_.Run("COMMIT"); }

}  // namespace octo::ledger::sqlite
