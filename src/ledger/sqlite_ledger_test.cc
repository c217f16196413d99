#include "ledger/sqlite_ledger.h"

#include <gmock/gmock.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <thread>

#include "ledger/ledger_contract.h"
#include "ledger/sqlite/ledger_file.h"
#include "ledger/test_child.h"
#include "ledger/test_folder.h"

namespace octo::ledger {
namespace {

using testing::HasSubstr;
using testing::Not;

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

// Another program's connection to a database.
class RawDatabase {
 public:
  explicit RawDatabase(const std::filesystem::path& path) {
    EXPECT_EQ(sqlite3_open(path.c_str(), &connection_), SQLITE_OK);
  }
  RawDatabase(const RawDatabase&) = delete;
  RawDatabase& operator=(const RawDatabase&) = delete;
  ~RawDatabase() { sqlite3_close(connection_); }

  // Runs statements; returns the first column of the last row.
  std::string Run(const std::string& sql) {
    std::string result;
    char* message = nullptr;
    const auto keep = [](void* to, int, char** values, char**) {
      *static_cast<std::string*>(to) = values[0] != nullptr ? values[0] : "";
      return 0;
    };
    EXPECT_EQ(sqlite3_exec(connection_, sql.c_str(), keep, &result, &message), SQLITE_OK)
        << message;
    sqlite3_free(message);
    return result;
  }

 private:
  sqlite3* connection_ = nullptr;
};

class SqliteLedgerFile : public testing::Test {
 protected:
  static unsigned ModeOf(const std::filesystem::path& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 0777U;
  }
  std::string Bytes() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  // What opening refuses, without touching the file.
  Error Refused() {
    const std::string before = Bytes();
    Error error = Thrown([&] { OpenSqliteLedger(path_); });
    EXPECT_EQ(error.scope, ErrorScope::kProcess);
    EXPECT_EQ(error.stage, "ledger");
    EXPECT_THAT(error.message, HasSubstr(path_.string()));
    EXPECT_FALSE(error.hint.empty());
    EXPECT_EQ(Bytes(), before);
    return error;
  }
  static std::vector<Candidate> Files(int count) {
    std::vector<Candidate> files;
    for (int i = 0; i < count; ++i) {
      files.push_back({"inbox/file-" + std::to_string(i), 10, SystemNow()});
    }
    return files;
  }

  TestFolder folder_;
  const std::filesystem::path path_ = folder_.path() / "octo.db";
};

TEST_F(SqliteLedgerFile, IsForItsOwnerOnlyAndSoAreTheFoldersItNeeds) {
  const std::filesystem::path path = folder_.path() / "a" / "b" / "octo.db";
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path);
  ledger->SaveProfile("affirm", "{}");
  EXPECT_EQ(ModeOf(path), 0600U);
  EXPECT_EQ(ModeOf(path.string() + "-wal"), 0600U);
  EXPECT_EQ(ModeOf(path.string() + "-shm"), 0600U);
  EXPECT_EQ(ModeOf(folder_.path() / "a"), 0700U);
  EXPECT_EQ(ModeOf(folder_.path() / "a" / "b"), 0700U);
  EXPECT_EQ(ledger->Url(), "sqlite:" + path.string());
}

TEST_F(SqliteLedgerFile, KeepsEverythingWhenOpenedAgain) {
  const std::string id = OpenSqliteLedger(path_)->Discover("affirm", Files(1))[0];
  EXPECT_EQ(OpenSqliteLedger(path_)->Find(id)->path, "inbox/file-0");
}

TEST_F(SqliteLedgerFile, MayBeEmpty) {
  std::ofstream(path_).close();
  EXPECT_FALSE(OpenSqliteLedger(path_)->HasDeliveries("affirm"));
}

TEST_F(SqliteLedgerFile, RefusesWhatIsNoDatabase) {
  for (const size_t bytes : {20U, 100'000U}) {
    std::ofstream(path_, std::ios::binary) << std::string(bytes, 'x');
    const Error error = Refused();
    EXPECT_EQ(error.kind, ErrorKind::kUsage);
    EXPECT_THAT(error.message, HasSubstr("no SQLite database"));
  }
}

TEST_F(SqliteLedgerFile, RefusesADatabaseOfSomethingElse) {
  RawDatabase(path_).Run("CREATE TABLE cookies (name TEXT)");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_THAT(error.message, HasSubstr("something else"));
}

TEST_F(SqliteLedgerFile, RefusesTheLedgerOfANewerProgram) {
  OpenSqliteLedger(path_);
  RawDatabase(path_).Run("PRAGMA user_version = 9999");
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_THAT(error.message, HasSubstr("newer Octo (its schema is 9999"));
}

TEST_F(SqliteLedgerFile, SaysWhyAFolderOrAFileCanNotBeMade) {
  std::ofstream(path_) << "a file";
  const Error error = Thrown([&] { OpenSqliteLedger(path_ / "x" / "octo.db"); });
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_THAT(error.message, HasSubstr("Not a directory"));
  EXPECT_EQ(Thrown([&] { OpenSqliteLedger(""); }).kind, ErrorKind::kUsage);
  EXPECT_EQ(Thrown([&] { OpenSqliteLedger(folder_.path() / ""); }).kind, ErrorKind::kUsage);
  const Error folder = Thrown([&] { OpenSqliteLedger(folder_.path()); });
  EXPECT_EQ(folder.kind, ErrorKind::kDenied);
  EXPECT_THAT(folder.message, HasSubstr("can't be opened"));
}

TEST_F(SqliteLedgerFile, SaysThatAFileCanNotBeWritten) {
  OpenSqliteLedger(path_);
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0555), 0);
  ASSERT_EQ(::chmod(path_.c_str(), 0444), 0);
  const auto describe = [](const std::filesystem::path& path) {
    return OutputOfChild([&](int out) {
      BecomeNobody();  // root may write anything
      const std::string text = Describe(Thrown([&] { OpenSqliteLedger(path); }));
      ASSERT_EQ(::write(out, text.data(), text.size()), static_cast<ssize_t>(text.size()));
    });
  };
  EXPECT_THAT(describe(path_), HasSubstr("can't be written"));
  EXPECT_THAT(describe(path_), HasSubstr("(denied)"));
  EXPECT_THAT(describe(folder_.path() / "new.db"), HasSubstr("Permission denied"));
  ASSERT_EQ(::chmod(folder_.path().c_str(), 0700), 0);
}

TEST_F(SqliteLedgerFile, SaysThatItIsDamaged) {
  OpenSqliteLedger(path_)->Discover("affirm", Files(1000));
  std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(4096);
  file << std::string(std::filesystem::file_size(path_) - 4096, '\xff');
  file.close();
  const Error error = Thrown([&] { OpenSqliteLedger(path_)->Deliveries({}); });
  EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
  EXPECT_THAT(error.hint, HasSubstr("backup"));
}

TEST_F(SqliteLedgerFile, BusyLedgerIsWaitedForThenReportedAndStillReadable) {
  const auto patience = std::chrono::milliseconds(60);
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_, SystemNow, patience);
  const std::string id = ledger->Discover("affirm", Files(1))[0];
  RawDatabase other(path_);
  other.Run("BEGIN IMMEDIATE");
  const auto begin = std::chrono::steady_clock::now();
  const Error error = Thrown([&] { ledger->TryClaim(id, "w", std::chrono::seconds(1)); });
  EXPECT_GE(std::chrono::steady_clock::now() - begin, patience);
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_EQ(error.scope, ErrorScope::kProcess);
  EXPECT_THAT(error.message, HasSubstr("busy"));
  EXPECT_TRUE(ledger->Find(id));
  other.Run("COMMIT");
  EXPECT_TRUE(ledger->TryClaim(id, "w", std::chrono::seconds(1)));
}

TEST_F(SqliteLedgerFile, CanBeMadeByManyAtOnce) {
  std::vector<std::jthread> threads;
  std::atomic<int> opened = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      OpenSqliteLedger(path_)->SaveProfile("provider-" + std::to_string(i), "{}");
      ++opened;
    });
  }
  threads.clear();
  EXPECT_EQ(opened, 8);
}

TEST_F(SqliteLedgerFile, BackupMadeWhileInUseIsAWholeLedger) {
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_);
  const std::string id = ledger->Discover("affirm", Files(100))[42];
  const std::filesystem::path backup = folder_.path() / "backup.db";
  RawDatabase(path_).Run("VACUUM INTO '" + backup.string() + "'");
  EXPECT_EQ(OpenSqliteLedger(backup)->Find(id)->path, "inbox/file-42");
  EXPECT_EQ(RawDatabase(backup).Run("PRAGMA journal_mode"), "wal");
}

TEST_F(SqliteLedgerFile, TwentyThousandFilesAreDiscoveredInOneTransaction) {
  const std::unique_ptr<Ledger> ledger = OpenSqliteLedger(path_);
  const std::vector<Candidate> files = Files(20'000);
  const std::vector<std::string> ids = ledger->Discover("affirm", files);
  EXPECT_EQ(ledger->Discover("affirm", files), ids);
  for (const Known& known : ledger->Lookup("affirm", files)) {
    ASSERT_EQ(known.kind, Known::Kind::kKnown);
  }
  EXPECT_EQ(ledger->Deliveries({.limit = 1'000'000}).size(), 20'000U);
}

TEST(NetworkFileSystem, KnowsTheMagicNumbersOfStatfs) {
  EXPECT_EQ(sqlite::NetworkFileSystemName(0x6969), "NFS");
  EXPECT_EQ(sqlite::NetworkFileSystemName(static_cast<long>(0xff534d42)), "CIFS");
  EXPECT_EQ(sqlite::NetworkFileSystemName(static_cast<int>(0xff534d42)), "CIFS");
  EXPECT_EQ(sqlite::NetworkFileSystemName(0xef53), "") << "ext4";
  EXPECT_EQ(sqlite::NetworkFileSystem("/proc"), "");
  EXPECT_EQ(sqlite::NetworkFileSystem("/no/such/file"), "");
}

}  // namespace
}  // namespace octo::ledger
