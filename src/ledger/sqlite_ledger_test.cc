#include "ledger/sqlite_ledger.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "ledger/ledger_contract.h"
#include "ledger/sqlite/ledger_file.h"
#include "ledger/test_folder.h"

namespace octo::ledger {
namespace {

using testing::HasSubstr;

class SqliteUnderTest final : public LedgerUnderTest {
 public:
  std::unique_ptr<Ledger> Open() override {
    return OpenSqliteLedger(folder_.path() / "octo.db", Clock());
  }

 private:
  TestFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Sqlite, LedgerContract,
                         testing::Values(LedgerFactory{
                             "Sqlite", [] { return std::make_unique<SqliteUnderTest>(); }}));

}  // namespace
}  // namespace octo::ledger
