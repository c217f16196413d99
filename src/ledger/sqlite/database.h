#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "ledger/sqlite/query.h"

struct sqlite3;

namespace octo::ledger::sqlite {

// What a committed transaction survives: the death of this process, or a power cut, too (fsync
// before it returns).
enum class Durability { kProcess, kPower };

// One connection to one SQLite file in WAL mode. Read and Write run a body as one transaction, and
// take turns between threads; Select and Run are for use inside such a body only. Failures are what
// Failure (failure.h) says.
class Database {
 public:
  // The file must exist (PrepareLedgerFile), if only empty. Waits for other processes up to
  // `patience`, here and at the start of each transaction.
  Database(std::string path, std::chrono::milliseconds patience);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  // Switches the file to WAL for good. Not in a transaction.
  void UseWriteAheadLog();

  // Runs the body on one consistent state of the database. It must not write.
  template <typename Body>
  auto Read(Body&& body) {
    return InTransaction(Mode::kRead, std::forward<Body>(body));
  }
  // Runs the body as the only writer. All it wrote is committed when it returns, and undone when it
  // throws.
  template <typename Body>
  auto Write(Durability durability, Body&& body) {
    return InTransaction(durability == Durability::kPower ? Mode::kWriteDurably : Mode::kWrite,
                         std::forward<Body>(body));
  }

  // A query with its values bound: step through its rows.
  template <typename... Values>
  Query Select(std::string_view sql, const Values&... values) {
    return Query(Prepared(sql), values...);
  }
  // Runs a statement to its end; returns how many rows it inserted, changed or deleted.
  template <typename... Values>
  int64_t Run(std::string_view sql, const Values&... values) {
    Query query(Prepared(sql), values...);
    while (query.Step()) {
    }
    return Changes();
  }
  // Runs statements without values, one after the other.
  void RunScript(const char* sql);

  const std::string& path() const { return path_; }

 private:
  enum class Mode { kRead, kWrite, kWriteDurably };

  // While it lives, a commit is on the disk when it returns; made and gone between transactions.
  class SyncedCommits {
   public:
    explicit SyncedCommits(Database& database);
    SyncedCommits(const SyncedCommits&) = delete;
    SyncedCommits& operator=(const SyncedCommits&) = delete;
    ~SyncedCommits();

   private:
    Database& database_;
  };

  // Begun when made; undone when it goes without Commit.
  class Transaction {
   public:
    Transaction(Database& database, Mode mode);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void Commit();

   private:
    Database& database_;
    std::optional<SyncedCommits> synced_;
  };

  template <typename Body>
  auto InTransaction(Mode mode, Body&& body) {
    const std::lock_guard lock(mutex_);
    Transaction transaction(*this, mode);
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      transaction.Commit();
    } else {
      auto result = body();
      transaction.Commit();
      return result;
    }
  }

  sqlite3_stmt* Prepared(std::string_view sql);
  int64_t Changes() const;
  // Runs one statement, again and again while the database is busy and patience lasts.
  void RunPatiently(std::string_view sql);

  struct CloseConnection {
    void operator()(sqlite3* connection) const;
  };
  struct FinalizeStatement {
    void operator()(sqlite3_stmt* statement) const;
  };

  const std::string path_;
  const std::chrono::milliseconds patience_;
  std::mutex mutex_;
  std::unique_ptr<sqlite3, CloseConnection> connection_;
  std::map<std::string, std::unique_ptr<sqlite3_stmt, FinalizeStatement>, std::less<>> statements_;
};

}  // namespace octo::ledger::sqlite
