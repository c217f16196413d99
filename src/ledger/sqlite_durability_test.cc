#include <gmock/gmock.h>
#include <sqlite3.h>

#include <atomic>
#include <map>
#include <memory>
#include <set>

#include "ledger/ledger_contract.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/test_folder.h"

// What reaches the disk when, seen from below SQLite.
namespace octo::ledger {
namespace {

using testing::HasSubstr;

// Stands between SQLite and the file system while it lives: watches the write-ahead log, and can
// make the disk full. One at a time, one thread.
class WatchedDisk {
 public:
  WatchedDisk() : system_(sqlite3_vfs_find(nullptr)), watching_(*system_) {
    current_ = this;
    watching_.zName = "watched";
    watching_.xOpen = &WatchedDisk::Open;
    sqlite3_vfs_register(&watching_, 1);
  }
  WatchedDisk(const WatchedDisk&) = delete;
  WatchedDisk& operator=(const WatchedDisk&) = delete;
  ~WatchedDisk() {
    sqlite3_vfs_unregister(&watching_);
    sqlite3_vfs_register(system_, 1);
    current_ = nullptr;
  }

  // Whether all that was written to the log has been synced.
  bool LogIsSynced() const { return !unsynced_; }
  void SetFull(bool full) { full_ = full; }

 private:
  // The file that SQLite opened, with two of its functions replaced.
  static int Open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
    const int code = current_->system_->xOpen(current_->system_, name, file, flags, out);
    if (code != SQLITE_OK) return code;
    if ((flags & SQLITE_OPEN_WAL) != 0) current_->logs_.insert(file);
    current_->write_ = file->pMethods->xWrite;
    current_->sync_ = file->pMethods->xSync;
    sqlite3_io_methods& methods = current_->methods_[file->pMethods];
    methods = *file->pMethods;
    methods.xWrite = &WatchedDisk::Write;
    methods.xSync = &WatchedDisk::Sync;
    file->pMethods = &methods;
    return SQLITE_OK;
  }
  static int Write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
    if (current_->full_) return SQLITE_FULL;
    if (current_->logs_.contains(file)) current_->unsynced_ = true;
    return current_->write_(file, data, bytes, offset);
  }
  static int Sync(sqlite3_file* file, int flags) {
    if (current_->logs_.contains(file)) current_->unsynced_ = false;
    return current_->sync_(file, flags);
  }

  static inline WatchedDisk* current_ = nullptr;
  sqlite3_vfs* system_;
  sqlite3_vfs watching_;
  std::map<const sqlite3_io_methods*, sqlite3_io_methods> methods_;
  std::set<sqlite3_file*> logs_;
  int (*write_)(sqlite3_file*, const void*, int, sqlite3_int64) = nullptr;
  int (*sync_)(sqlite3_file*, int) = nullptr;
  bool unsynced_ = false;
  bool full_ = false;
};

class SqliteDurability : public testing::Test {
 protected:
  static constexpr auto kLease = std::chrono::seconds(60);

  Claim Take(const std::string& path) {
    const std::vector files = {Candidate{.path = path, .bytes = 1, .modified = {}}};
    return ledger_->TryClaim(ledger_->Discover("affirm", files)[0], "w", kLease).value();
  }
  void Commit(const Claim& claim) {
    ledger_->Committing(claim,
                        std::vector{PreparedEntry{.object = {.key = "k",
                                                             .attempt = claim.attempt,
                                                             .handle = {},
                                                             .parts = {},
                                                             .sha256 = {},
                                                             .precondition = {}}}},
                        "content", "{}");
  }

  TestFolder folder_;
  WatchedDisk disk_;
  std::unique_ptr<Ledger> ledger_ = OpenSqliteLedger(folder_.path() / "octo.db");
};

TEST_F(SqliteDurability, CommittingAndLandedAreOnTheDiskWhenTheyReturnAndOtherCallsAreQuick) {
  const Claim claim = Take("a");
  EXPECT_FALSE(disk_.LogIsSynced());
  Commit(claim);
  EXPECT_TRUE(disk_.LogIsSynced());
  ledger_->RecordKey(claim, "k");
  EXPECT_FALSE(disk_.LogIsSynced());
  ledger_->Landed(claim, {}, std::vector{OutboxItem{.action = "manifest"}});
  EXPECT_TRUE(disk_.LogIsSynced());
  Take("b");
  EXPECT_FALSE(disk_.LogIsSynced());
}

TEST_F(SqliteDurability, ImportedDeliveriesAreOnTheDisk) {
  Take("b");
  ledger_->Import({.delivery = {.id = "id", .provider = "affirm", .path = "a"}});
  EXPECT_TRUE(disk_.LogIsSynced());
}

TEST_F(SqliteDurability, FullDiskUndoesTheCallAndTheWorkGoesOnWhenThereIsRoom) {
  const Claim claim = Take("a");
  disk_.SetFull(true);
  for (int call = 0; call < 2; ++call) {
    const Error error = Thrown([&] { call == 0 ? ledger_->RecordKey(claim, "k") : Commit(claim); });
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.scope, ErrorScope::kProcess);
    EXPECT_THAT(error.message, HasSubstr("is full"));
    EXPECT_EQ(ledger_->Find(claim.delivery.id)->state, DeliveryState::kFetching);
  }
  disk_.SetFull(false);
  Commit(claim);
  EXPECT_TRUE(disk_.LogIsSynced());
  ledger_->Landed(claim, {}, {});
  EXPECT_EQ(ledger_->Find(claim.delivery.id)->state, DeliveryState::kLanded);
}

}  // namespace
}  // namespace octo::ledger
