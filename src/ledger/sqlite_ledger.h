#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "ledger/ledger.h"

namespace octo::ledger {

namespace sqlite {
class Database;
}

// The ledger in one SQLite file, for the processes of one machine. One connection, guarded by a
// mutex: calls from several threads take turns. WAL; docs/ledger.md says what is durable when. Must
// not be carried over a fork(). Its calls are in sqlite/: discovery.cc, claims.cc, landing.cc,
// outbox.cc, jobs.cc.
class SqliteLedger final : public Ledger {
 public:
  SqliteLedger(std::unique_ptr<sqlite::Database> database, WallClock now);
  ~SqliteLedger() override;

  std::vector<Known> Lookup(const std::string& provider,
                            std::span<const Candidate> candidates) override;
  std::vector<std::string> Discover(const std::string& provider,
                                    std::span<const Candidate> candidates) override;
  bool HasDeliveries(const std::string& provider) override;
  std::optional<Delivery> Find(const std::string& delivery_id) override;
  std::vector<Delivery> Deliveries(const DeliveryFilter& filter) override;
  std::vector<ObjectRecord> Objects(const std::string& delivery_id) override;
  std::optional<std::string> OwnerOfUrl(const std::string& url) override;
  void Adopt(const std::string& provider, const Candidate& candidate,
             std::span<const ObjectRecord> objects) override;
  bool Import(const LandedRecord& record) override;

  std::optional<Claim> TryClaim(const std::string& delivery_id, const std::string& worker,
                                std::chrono::seconds lease) override;
  std::vector<std::string> Abandoned(const std::string& provider) override;
  void Renew(const Claim& claim, std::chrono::seconds lease) override;
  std::vector<std::string> Workers(const std::string& provider) override;
  void WorkerIsGone(const std::string& worker) override;
  void RecordKey(const Claim& claim, const std::string& key) override;
  void Cleaned(const Claim& claim) override;
  void FailedRetry(const Claim& claim, const Error& error, WallTime next_try) override;
  void FailedQuarantine(const Claim& claim, const Error& error) override;
  void Released(const Claim& claim) override;
  bool Replay(const std::string& delivery_id) override;

  std::optional<Delivery> SameContent(const Claim& claim, const std::string& content) override;
  void Duplicate(const Claim& claim, const std::string& landed_id) override;
  void Committing(const Claim& claim, std::span<const PreparedEntry> prepared,
                  const std::string& content, const std::string& facts) override;
  void Landed(const Claim& claim, std::span<const ObjectRecord> objects,
              std::span<const OutboxItem> outbox) override;
  void Conflict(const Claim& claim, const Error& error) override;
  void Lost(const Claim& claim, const std::string& why) override;

  std::vector<OutboxItem> ClaimOutbox(const std::string& provider, int most,
                                      std::chrono::seconds lease) override;
  void OutboxDone(int64_t id) override;
  void OutboxFailed(int64_t id, const Error& error, WallTime next_try) override;

  std::string StartJob(const std::string& provider, const std::string& kind,
                       const std::string& worker) override;
  void RenewJob(const std::string& job, const JobCounts& counts,
                std::chrono::seconds lease) override;
  void FinishJob(const std::string& job, JobState state, const JobCounts& counts,
                 const std::string& details, const std::optional<Error>& error) override;
  std::optional<Job> FindJob(const std::string& job) override;
  std::vector<Job> Jobs(const std::optional<std::string>& provider, int limit) override;
  void AddEvent(const Event& event) override;
  std::vector<Event> Events(const std::string& job_or_delivery, int limit) override;
  std::string Profile(const std::string& provider) override;
  void SaveProfile(const std::string& provider, const std::string& json) override;

  WallTime Now() override { return now_(); }
  std::string Url() const override;

 private:
  void InterruptOverdueJobs();

  const std::unique_ptr<sqlite::Database> database_;
  const WallClock now_;
};

// Opens the ledger in this file, and makes it (mode 0600, missing folders 0700) if there is none.
// Migrates an older ledger to this program's schema; refuses a newer one, and what is no ledger of
// ours (kUsage). `now` is the database's clock. A call waits for other processes up to `patience`,
// then fails with kTransient.
std::unique_ptr<Ledger> OpenSqliteLedger(
    const std::filesystem::path& path, WallClock now = SystemNow,
    std::chrono::milliseconds patience = std::chrono::seconds(10));

}  // namespace octo::ledger
