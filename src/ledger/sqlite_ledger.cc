#include "ledger/sqlite_ledger.h"

#include "base/log.h"
#include "ledger/sqlite/database.h"
#include "ledger/sqlite/ledger_file.h"
#include "ledger/sqlite/schema.h"

namespace octo::ledger {

SqliteLedger::SqliteLedger(std::unique_ptr<sqlite::Database> database, WallClock now)
    : database_(std::move(database)), now_(std::move(now)) {}

SqliteLedger::~SqliteLedger() = default;

std::string SqliteLedger::Url() const { return "sqlite:" + database_->path(); }

std::unique_ptr<Ledger> OpenSqliteLedger(const std::filesystem::path& path, WallClock now,
                                         std::chrono::milliseconds patience) {
  const std::string file = sqlite::PrepareLedgerFile(path).string();
  if (const std::string network = sqlite::NetworkFileSystem(file); !network.empty()) {
    log::Warning(
        "the ledger {} lies on a network file system ({}), where SQLite can lose data: move it to "
        "a "
        "local disk, or share a PostgreSQL ledger",
        file, network);
  }
  auto database = std::make_unique<sqlite::Database>(file, patience);
  sqlite::Migrate(*database);
  return std::make_unique<SqliteLedger>(std::move(database), std::move(now));
}

}  // namespace octo::ledger
