#include <fmt/core.h>

#include <algorithm>

#include "crypto/digest.h"
#include "ledger/sqlite/database.h"
#include "ledger/sqlite/failure.h"
#include "ledger/sqlite/rows.h"
#include "ledger/sqlite_ledger.h"

// Jobs, events, and what is learned about vendors.
namespace octo::ledger {
namespace {

using sqlite::Database;
using sqlite::Durability;
using sqlite::Query;

constexpr std::string_view kJobColumns =
    "id, provider, kind, state, landed, failed, quarantined, skipped, known, adopted, conflict, "
    "bytes, details, error, worker, started, finished";

Job ReadJob(const Query& row) {
  return {.id = row.Text(0),
          .provider = row.Text(1),
          .kind = row.Text(2),
          .state = JobStateFromName(row.Text(3)).value_or(JobState::kInterrupted),
          .counts = {.landed = row.Integer(4),
                     .failed = row.Integer(5),
                     .quarantined = row.Integer(6),
                     .skipped = row.Integer(7),
                     .known = row.Integer(8),
                     .adopted = row.Integer(9),
                     .conflict = row.Integer(10),
                     .bytes = row.Bytes(11)},
          .details = row.Text(12),
          .error = sqlite::ReadError(row, 13),
          .worker = row.Text(14),
          .started = row.Time(15),
          .finished = row.OptionalTime(16)};
}

void StoreCounts(Database& database, const std::string& job, const JobCounts& counts) {
  database.Run(
      "UPDATE jobs SET landed = ?, failed = ?, quarantined = ?, skipped = ?, known = ?, "
      "adopted = ?, conflict = ?, bytes = ? WHERE id = ?",
      counts.landed, counts.failed, counts.quarantined, counts.skipped, counts.known,
      counts.adopted, counts.conflict, counts.bytes, job);
}

}  // namespace

// Looks before it writes, so that watching jobs does not keep workers from writing.
void SqliteLedger::InterruptOverdueJobs() {
  const WallTime now = now_();
  const bool overdue = database_->Read([&] {
    return database_
        ->Select("SELECT 1 FROM jobs WHERE state = 'running' AND lease_until <= ? LIMIT 1", now)
        .Step();
  });
  if (!overdue) return;
  database_->Write(Durability::kProcess, [&] {
    database_->Run(
        "UPDATE jobs SET state = 'interrupted', finished = lease_until WHERE state = 'running' "
        "AND lease_until <= ?",
        now);
  });
}

std::string SqliteLedger::StartJob(const std::string& provider, const std::string& kind,
                                   const std::string& worker) {
  InterruptOverdueJobs();
  return database_->Write(Durability::kProcess, [&] {
    const WallTime now = now_();
    std::string id = crypto::RandomUuid();
    database_->Run(
        "INSERT INTO jobs (id, provider, kind, state, worker, started, lease_until) "
        "VALUES (?, ?, ?, 'running', ?, ?, ?)",
        id, provider, kind, worker, now, now + kFirstJobLease);
    return id;
  });
}

void SqliteLedger::RenewJob(const std::string& job, const JobCounts& counts,
                            std::chrono::seconds lease) {
  database_->Write(Durability::kProcess, [&] {
    const bool alive = database_->Run(
                           "UPDATE jobs SET state = 'running', finished = NULL, lease_until = ? "
                           "WHERE id = ? AND state IN ('running', 'interrupted')",
                           now_() + lease, job) == 1;
    if (alive) StoreCounts(*database_, job, counts);
  });
}

void SqliteLedger::FinishJob(const std::string& job, JobState state, const JobCounts& counts,
                             const std::string& details, const std::optional<Error>& error) {
  if (state == JobState::kRunning || state == JobState::kInterrupted) {
    throw sqlite::Bug(fmt::format("a job can't finish as {}", Name(state)));
  }
  database_->Write(Durability::kProcess, [&] {
    const bool open = database_->Run(
                          "UPDATE jobs SET state = ?, finished = ?, details = ?, error = ? "
                          "WHERE id = ? AND state IN ('running', 'interrupted')",
                          Name(state), now_(), details, sqlite::StoredError(error), job) == 1;
    if (!open) {
      throw sqlite::Bug(fmt::format("the job {} is unknown or has finished before", job));
    }
    StoreCounts(*database_, job, counts);
  });
}

std::optional<Job> SqliteLedger::FindJob(const std::string& job) {
  InterruptOverdueJobs();
  return database_->Read([&]() -> std::optional<Job> {
    Query query =
        database_->Select(fmt::format("SELECT {} FROM jobs WHERE id = ?", kJobColumns), job);
    if (!query.Step()) return std::nullopt;
    return ReadJob(query);
  });
}

std::vector<Job> SqliteLedger::Jobs(const std::optional<std::string>& provider, int limit) {
  InterruptOverdueJobs();
  return database_->Read([&] {
    std::vector<Job> result;
    Query query = database_->Select(
        fmt::format("SELECT {} FROM jobs WHERE {} ORDER BY started DESC, seq DESC LIMIT ?",
                    kJobColumns, provider ? "provider = ?" : "? IS NULL"),
        provider, limit);
    while (query.Step()) result.push_back(ReadJob(query));
    return result;
  });
}

void SqliteLedger::AddEvent(const Event& event) {
  database_->Write(Durability::kProcess, [&] {
    database_->Run("INSERT INTO events (at, job, delivery, kind, text) VALUES (?, ?, ?, ?, ?)",
                   event.at == WallTime() ? now_() : event.at, event.job, event.delivery,
                   event.kind, event.text);
  });
}

std::vector<Event> SqliteLedger::Events(const std::string& job_or_delivery, int limit) {
  std::vector<Event> result = database_->Read([&] {
    std::vector<Event> newest_first;
    Query query = database_->Select(
        "SELECT at, job, delivery, kind, text FROM events WHERE job = ? OR delivery = ? "
        "ORDER BY at DESC, seq DESC LIMIT ?",
        job_or_delivery, job_or_delivery, limit);
    while (query.Step()) {
      newest_first.push_back({.at = query.Time(0),
                              .job = query.Text(1),
                              .delivery = query.Text(2),
                              .kind = query.Text(3),
                              .text = query.Text(4)});
    }
    return newest_first;
  });
  std::reverse(result.begin(), result.end());
  return result;
}

std::string SqliteLedger::Profile(const std::string& provider) {
  return database_->Read([&] {
    Query query = database_->Select("SELECT profile FROM profiles WHERE provider = ?", provider);
    return query.Step() ? query.Text(0) : std::string();
  });
}

void SqliteLedger::SaveProfile(const std::string& provider, const std::string& json) {
  database_->Write(Durability::kProcess, [&] {
    database_->Run(
        "INSERT INTO profiles (provider, profile, updated) VALUES (?, ?, ?) "
        "ON CONFLICT (provider) DO UPDATE SET profile = excluded.profile, "
        "updated = excluded.updated",
        provider, json, now_());
  });
}

}  // namespace octo::ledger
