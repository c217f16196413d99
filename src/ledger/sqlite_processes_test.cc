#include <gmock/gmock.h>
#include <poll.h>
#include <sys/mman.h>

#include <atomic>
#include <map>
#include <random>
#include <sstream>

#include "ledger/ledger_contract.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/test_child.h"
#include "ledger/test_folder.h"

// Real processes on one ledger, and what is left when they are killed.
namespace octo::ledger {
namespace {

constexpr auto kLease = std::chrono::seconds(60);
constexpr auto kPatience = std::chrono::minutes(2);  // sanitizers on a busy machine

// Memory that this process shares with its children.
struct Shared {
  std::atomic<int64_t> now = 1'780'000'000'000'000;
  std::atomic<int> claims = 0;
};

class SqliteProcesses : public testing::Test {
 protected:
  SqliteProcesses()
      : shared_(new(::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE,
                           MAP_SHARED | MAP_ANONYMOUS, -1, 0)) Shared) {}
  ~SqliteProcesses() override { ::munmap(shared_, sizeof(Shared)); }

  std::unique_ptr<Ledger> Open() const {
    Shared* shared = shared_;
    return OpenSqliteLedger(
        folder_.path() / "octo.db",
        [shared] { return WallTime(std::chrono::microseconds(shared->now)); }, kPatience);
  }
  std::vector<std::string> Discover(int files) const {
    std::vector<Candidate> candidates;
    for (int i = 0; i < files; ++i) {
      candidates.push_back({.path = "file-" + std::to_string(i), .bytes = 1, .modified = {}});
    }
    return Open()->Discover("affirm", candidates);
  }
  void WaitForClaims(int count) const {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (shared_->claims < count) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      ::poll(nullptr, 0, 1);
    }
  }
  // The lease of everybody who does not renew runs out.
  void Later() const { shared_->now += std::chrono::microseconds(kLease).count(); }

  static std::vector<PreparedEntry> Prepared(const Claim& claim) {
    std::vector<PreparedEntry> result(3);
    for (PreparedEntry& entry : result) {
      entry.object.key = claim.delivery.path + "-" + std::to_string(&entry - result.data());
      entry.object.attempt = claim.attempt;
    }
    return result;
  }
  static std::vector<ObjectRecord> Objects(const Claim& claim) {
    std::vector<ObjectRecord> result(3);
    for (ObjectRecord& object : result) object.key = claim.delivery.path;
    return result;
  }

  // Claims each delivery that is due, and brings it to its end: every tenth lands, the others are
  // quarantined. Each claim and landing is one line in the file `log`, written at once, so that a
  // killed process's lines are there.
  void Work(const std::vector<std::string>& ids, size_t from,
            const std::filesystem::path& log) const {
    const std::unique_ptr<Ledger> ledger = Open();
    std::FILE* lines = std::fopen(log.c_str(), "a");
    std::setvbuf(lines, nullptr, _IOLBF, BUFSIZ);
    for (size_t i = 0; i < ids.size(); ++i) {
      const size_t index = (from + i) % ids.size();
      const std::optional<Claim> claim = ledger->TryClaim(ids[index], "w", kLease);
      if (!claim) continue;
      std::fprintf(lines, "claim %s\n", ids[index].c_str());
      ++shared_->claims;
      ledger->RecordKey(*claim, "key");
      if (index % 10 != 0) {
        ledger->FailedQuarantine(*claim, Cancelled("download"));
        continue;
      }
      if (!claim->roll_forward) ledger->Committing(*claim, Prepared(*claim), "content", "{}");
      ledger->Landed(*claim, Objects(*claim), {});
      std::fprintf(lines, "landed %s\n", ids[index].c_str());
    }
    std::fclose(lines);
  }
  static std::map<std::string, int> Count(const std::filesystem::path& log,
                                          const std::string& what) {
    std::map<std::string, int> result;
    std::FILE* lines = std::fopen(log.c_str(), "r");
    char kind[16];
    char id[64];
    while (std::fscanf(lines, "%15s %63s", kind, id) == 2) {
      if (kind == what) ++result[id];
    }
    std::fclose(lines);
    return result;
  }

  TestFolder folder_;
  Shared* const shared_;
};

TEST_F(SqliteProcesses, ShareTheWorkWithoutDoublesAlthoughOneIsKilled) {
  const std::vector<std::string> ids = Discover(3000);
  const std::filesystem::path log = folder_.path() / "log";
  {
    std::vector<TestChild> children;
    for (const size_t from : {0U, 0U, 1500U}) {
      children.emplace_back([&] { Work(ids, from, log); });
    }
    WaitForClaims(700);
    children[0].Kill();
    EXPECT_TRUE(children[1].Wait());
    EXPECT_TRUE(children[2].Wait());
  }
  // No lease has run out so far: nothing may have been claimed twice.
  for (const auto& [id, times] : Count(log, "claim")) EXPECT_EQ(times, 1) << id;
  std::vector<std::string> held;
  for (const std::string& id : ids) {
    const DeliveryState state = Open()->Find(id)->state;
    if (state == DeliveryState::kFetching || state == DeliveryState::kCommitting) {
      held.push_back(id);
    }
  }
  EXPECT_LE(held.size(), 1U) << "the killed process held one at most";
  Later();
  EXPECT_EQ(Open()->Abandoned("affirm"), held);
  TestChild recovery([&] { Work(ids, 0, log); });
  EXPECT_TRUE(recovery.Wait());
  for (const auto& [id, times] : Count(log, "landed")) EXPECT_EQ(times, 1) << id;
  const std::unique_ptr<Ledger> ledger = Open();
  EXPECT_EQ(ledger->Deliveries({.state = DeliveryState::kLanded}).size(), 300U);
  EXPECT_EQ(ledger->Deliveries({.state = DeliveryState::kQuarantined, .limit = 9999}).size(),
            2700U);
}

TEST_F(SqliteProcesses, KilledAfterCommittingItsPreparedObjectsAreThere) {
  const std::vector<std::string> ids = Discover(1);
  TestChild child([&] {
    const std::unique_ptr<Ledger> ledger = Open();
    const Claim claim = ledger->TryClaim(ids[0], "w", kLease).value();
    ledger->Committing(claim, Prepared(claim), "content", "{}");
    ++shared_->claims;
    while (true) ::pause();
  });
  WaitForClaims(1);
  child.Kill();
  const std::unique_ptr<Ledger> ledger = Open();
  EXPECT_FALSE(ledger->TryClaim(ids[0], "w2", kLease)) << "its lease lasts";
  Later();
  const Claim claim = ledger->TryClaim(ids[0], "w2", kLease).value();
  EXPECT_TRUE(claim.roll_forward);
  ASSERT_EQ(claim.prepared.size(), 3U);
  EXPECT_EQ(claim.prepared[2].object.key, "file-0-2");
}

TEST_F(SqliteProcesses, KilledAtAnyMomentLeavesWholeTransactionsOnly) {
  const std::vector<std::string> ids = Discover(2000);
  const std::filesystem::path log = folder_.path() / "log";
  std::mt19937 random(7);
  // Ends while there is work left for one more round.
  for (int round = 0; round < 15 && shared_->claims < 1900; ++round) {
    TestChild child([&] { Work(ids, 0, log); });
    WaitForClaims(shared_->claims + 1 + static_cast<int>(random() % 40));
    child.Kill();
    const std::unique_ptr<Ledger> ledger = Open();
    for (const Delivery& delivery : ledger->Deliveries({.state = DeliveryState::kLanded})) {
      EXPECT_EQ(ledger->Objects(delivery.id).size(), 3U);
    }
    Later();
    for (const std::string& id : ledger->Abandoned("affirm")) {
      const Claim claim = ledger->TryClaim(id, "w", kLease).value();
      EXPECT_EQ(claim.prepared.size(), claim.roll_forward ? 3U : 0U);
      ledger->Released(claim);
    }
  }
}

}  // namespace
}  // namespace octo::ledger
