#include <fmt/core.h>

#include "crypto/digest.h"
#include "ledger/sqlite/database.h"
#include "ledger/sqlite/rows.h"
#include "ledger/sqlite_ledger.h"
#include "stream/prepared_object_json.h"

// Who works on what: claims, their keys, and the ways in which they end without a landing.
namespace octo::ledger {
namespace {

using sqlite::Database;
using sqlite::Durability;
using sqlite::Query;

bool IsDue(const Delivery& delivery, const std::optional<WallTime>& lease_until, WallTime now) {
  if (delivery.next_try && *delivery.next_try > now) return false;
  switch (delivery.state) {
    case DeliveryState::kPending:
      return true;
    case DeliveryState::kFetching:
    case DeliveryState::kCommitting:
      return lease_until && *lease_until <= now;
    default:
      return false;
  }
}

std::vector<PreparedEntry> ReadPrepared(Database& database, const std::string& delivery) {
  std::vector<PreparedEntry> result;
  Query query = database.Select(
      "SELECT object, entry, url FROM prepared WHERE delivery = ? ORDER BY position", delivery);
  while (query.Step()) {
    result.push_back({stream::PreparedObjectFromJson(query.Text(0)), query.Text(1), query.Text(2)});
  }
  return result;
}

// Keys that attempts recorded, apart from those where a prepared object of the same attempt lives
// on.
std::vector<std::string> ReadLeftoverKeys(Database& database, const std::string& delivery) {
  std::vector<std::string> result;
  Query query = database.Select(
      "SELECT DISTINCT key FROM (SELECT key, attempt FROM attempt_keys WHERE delivery = ? "
      "EXCEPT SELECT key, attempt FROM prepared WHERE delivery = ?) ORDER BY key",
      delivery, delivery);
  while (query.Step()) result.push_back(query.Text(0));
  return result;
}

}  // namespace

std::optional<Claim> SqliteLedger::TryClaim(const std::string& delivery_id,
                                            const std::string& worker, std::chrono::seconds lease) {
  return database_->Write(Durability::kProcess, [&]() -> std::optional<Claim> {
    const WallTime now = now_();
    Claim claim;
    {
      Query query = database_->Select(
          fmt::format("SELECT {}, token, lease_until FROM deliveries WHERE id = ?",
                      sqlite::kDeliveryColumns),
          delivery_id);
      if (!query.Step()) return std::nullopt;
      claim.delivery = sqlite::ReadDelivery(query);
      claim.token = query.Integer(sqlite::kDeliveryColumnCount) + 1;
      if (!IsDue(claim.delivery, query.OptionalTime(sqlite::kDeliveryColumnCount + 1), now)) {
        return std::nullopt;
      }
    }
    claim.worker = worker;
    claim.attempt = crypto::RandomUuid();
    claim.roll_forward = claim.delivery.state == DeliveryState::kCommitting;
    claim.delivery.next_try.reset();
    // A file that kills its workers must not be taken for a fresh one for ever.
    if (claim.delivery.state == DeliveryState::kFetching) ++claim.delivery.tries;
    if (!claim.roll_forward) claim.delivery.state = DeliveryState::kFetching;
    database_->Run(
        "UPDATE deliveries SET state = ?, tries = ?, next_try = NULL, token = ?, worker = ?, "
        "attempt = ?, lease_until = ? WHERE id = ?",
        Name(claim.delivery.state), claim.delivery.tries, claim.token, worker, claim.attempt,
        now + lease, delivery_id);
    if (claim.roll_forward) claim.prepared = ReadPrepared(*database_, delivery_id);
    claim.leftover_keys = ReadLeftoverKeys(*database_, delivery_id);
    return claim;
  });
}

std::vector<std::string> SqliteLedger::Abandoned(const std::string& provider) {
  return database_->Read([&] {
    const WallTime now = now_();
    std::vector<std::string> result;
    Query query = database_->Select(
        "SELECT id FROM deliveries WHERE provider = ? AND lease_until <= ? "
        "AND (next_try IS NULL OR next_try <= ?) ORDER BY lease_until, seq",
        provider, now, now);
    while (query.Step()) result.push_back(query.Text(0));
    return result;
  });
}

void SqliteLedger::Renew(const Claim& claim, std::chrono::seconds lease) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::HeldState(*database_, claim);
    database_->Run("UPDATE deliveries SET lease_until = ? WHERE id = ?", now_() + lease,
                   claim.delivery.id);
  });
}

std::vector<std::string> SqliteLedger::Workers(const std::string& provider) {
  return database_->Read([&] {
    std::vector<std::string> result;
    Query query = database_->Select(
        "SELECT DISTINCT worker FROM deliveries WHERE provider = ? AND lease_until > ? "
        "AND worker IS NOT NULL ORDER BY worker",
        provider, now_());
    while (query.Step()) result.push_back(query.Text(0));
    return result;
  });
}

void SqliteLedger::WorkerIsGone(const std::string& worker) {
  database_->Write(Durability::kProcess, [&] {
    const WallTime now = now_();
    database_->Run("UPDATE deliveries SET lease_until = ? WHERE worker = ? AND lease_until > ?",
                   now, worker, now);
  });
}

void SqliteLedger::RecordKey(const Claim& claim, const std::string& key) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::HeldState(*database_, claim);
    database_->Run(
        "INSERT INTO attempt_keys (delivery, attempt, key) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        claim.delivery.id, claim.attempt, key);
  });
}

void SqliteLedger::Cleaned(const Claim& claim) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::HeldState(*database_, claim);
    // The attempt that prepared what is rolled forward is an earlier one, too; its keys are still
    // in use.
    database_->Run(
        "DELETE FROM attempt_keys WHERE delivery = ? AND attempt <> ? AND (attempt, key) NOT IN "
        "(SELECT attempt, key FROM prepared WHERE delivery = ?)",
        claim.delivery.id, claim.attempt, claim.delivery.id);
  });
}

void SqliteLedger::FailedRetry(const Claim& claim, const Error& error, WallTime next_try) {
  database_->Write(Durability::kProcess, [&] {
    const bool committed = sqlite::HeldState(*database_, claim) == DeliveryState::kCommitting;
    const WallTime now = now_();
    database_->Run(
        "UPDATE deliveries SET state = ?, lease_until = ?, next_try = ?, tries = tries + 1, "
        "error = ?, incomplete_since = CASE WHEN ? THEN COALESCE(incomplete_since, ?) END, "
        "worker = NULL, attempt = NULL WHERE id = ?",
        Name(committed ? DeliveryState::kCommitting : DeliveryState::kPending),
        committed ? std::optional(now) : std::nullopt, next_try, sqlite::StoredError(error),
        error.kind == ErrorKind::kIncomplete, now, claim.delivery.id);
  });
}

void SqliteLedger::FailedQuarantine(const Claim& claim, const Error& error) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::RequireState(*database_, claim, DeliveryState::kFetching, "FailedQuarantine");
    database_->Run(
        "UPDATE deliveries SET state = 'quarantined', lease_until = NULL, tries = tries + 1, "
        "error = ?, incomplete_since = CASE WHEN ? THEN COALESCE(incomplete_since, ?) END, "
        "worker = NULL, attempt = NULL WHERE id = ?",
        sqlite::StoredError(error), error.kind == ErrorKind::kIncomplete, now_(),
        claim.delivery.id);
  });
}

void SqliteLedger::Released(const Claim& claim) {
  database_->Write(Durability::kProcess, [&] {
    const bool committed = sqlite::HeldState(*database_, claim) == DeliveryState::kCommitting;
    database_->Run(
        "UPDATE deliveries SET state = ?, lease_until = ?, worker = NULL, attempt = NULL "
        "WHERE id = ?",
        Name(committed ? DeliveryState::kCommitting : DeliveryState::kPending),
        committed ? std::optional(now_()) : std::nullopt, claim.delivery.id);
  });
}

bool SqliteLedger::Replay(const std::string& delivery_id) {
  return database_->Write(Durability::kProcess, [&] {
    return database_->Run(
               "UPDATE deliveries SET state = CASE state WHEN 'committing' THEN state ELSE "
               "'pending' END, tries = 0, next_try = NULL, incomplete_since = NULL WHERE id = ? "
               "AND (state IN ('quarantined', 'conflict') OR (state IN ('pending', 'committing') "
               "AND next_try IS NOT NULL))",
               delivery_id) == 1;
  });
}

}  // namespace octo::ledger
