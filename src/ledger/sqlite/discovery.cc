#include <fmt/core.h>
#include <fnmatch.h>

#include "crypto/digest.h"
#include "ledger/sqlite/database.h"
#include "ledger/sqlite/rows.h"
#include "ledger/sqlite_ledger.h"

// Finding out: what is known, and what a listing, a manifest or an older system adds to it.
namespace octo::ledger {
namespace {

using sqlite::Database;
using sqlite::Durability;
using sqlite::Query;

// Where a delivery stands, as far as discovery needs to know.
struct Standing {
  std::string id;
  DeliveryState state = DeliveryState::kPending;
  int version = 0;
  bool held = false;  // somebody works on it, and the lease has not run out

  bool Done() const { return state == DeliveryState::kLanded || state == DeliveryState::kAdopted; }
  // Nobody is on it, and it has not reached the commit point: it may become another file, or
  // another state.
  bool Waits() const { return !Done() && !held && state != DeliveryState::kCommitting; }
};

struct Sighting {
  Known::Kind kind = Known::Kind::kNew;
  std::optional<Standing> standing;  // of the delivery that Known names
};

std::optional<Standing> FirstStanding(Query& query, WallTime now) {
  if (!query.Step()) return std::nullopt;
  const std::optional<WallTime> lease = query.OptionalTime(3);
  return Standing{.id = query.Text(0),
                  .state = DeliveryStateFromName(query.Text(1)).value_or(DeliveryState::kPending),
                  .version = query.SmallInteger(2),
                  .held = lease && *lease > now};
}

std::optional<Standing> NewestOfPath(Database& database, const std::string& provider,
                                     const std::string& path, WallTime now) {
  Query query = database.Select(
      "SELECT id, state, version, lease_until FROM deliveries WHERE provider = ? AND path = ? "
      "ORDER BY version DESC LIMIT 1",
      provider, path);
  return FirstStanding(query, now);
}

std::optional<Standing> OwnerOfAlias(Database& database, const std::string& provider,
                                     const Candidate& candidate, WallTime now) {
  Query query = database.Select(
      "SELECT d.id, d.state, d.version, d.lease_until "
      "FROM aliases a JOIN deliveries d ON d.id = a.delivery WHERE a.provider = ? AND a.path = ? "
      "AND a.bytes = ? AND a.modified = ?",
      provider, candidate.path, candidate.bytes, candidate.modified);
  return FirstStanding(query, now);
}

Sighting Look(Database& database, const std::string& provider, const Candidate& candidate,
              WallTime now) {
  std::optional<Standing> owner = OwnerOfAlias(database, provider, candidate, now);
  if (owner && !owner->Done()) return {Known::Kind::kKnown, std::move(owner)};
  std::optional<Standing> newest = NewestOfPath(database, provider, candidate.path, now);
  // A vendor may put an older file back while a later one waits to be fetched: that one is gone.
  const bool newest_is_gone = owner && newest && newest->id != owner->id && newest->Waits();
  if (owner && !newest_is_gone) return {Known::Kind::kKnown, std::move(owner)};
  if (newest) return {Known::Kind::kChanged, std::move(newest)};
  return {};
}

void SetAlias(Database& database, const std::string& provider, const Candidate& candidate,
              const std::string& delivery) {
  database.Run(
      "INSERT INTO aliases (provider, path, bytes, modified, delivery) VALUES (?, ?, ?, ?, ?) "
      "ON CONFLICT (provider, path, bytes, modified) DO UPDATE SET delivery = excluded.delivery",
      provider, candidate.path, candidate.bytes, candidate.modified, delivery);
}

std::string Insert(Database& database, const std::string& provider, const Candidate& candidate,
                   int version, WallTime now) {
  std::string id = crypto::RandomUuid();
  database.Run(
      "INSERT INTO deliveries (id, provider, path, version, bytes, modified, state, discovered) "
      "VALUES (?, ?, ?, ?, ?, ?, 'pending', ?)",
      id, provider, candidate.path, version, candidate.bytes, candidate.modified, now);
  SetAlias(database, provider, candidate, id);
  return id;
}

// The waiting delivery stands for the file as it is now. The new token is for a worker that comes
// back from the dead.
void BecomeAnotherFile(Database& database, const std::string& provider, const Candidate& candidate,
                       const std::string& id, WallTime now) {
  database.Run(
      "UPDATE deliveries SET bytes = ?, modified = ?, state = 'pending', tries = 0, "
      "next_try = NULL, incomplete_since = NULL, error = NULL, discovered = ?, token = token + 1, "
      "worker = NULL, attempt = NULL, lease_until = NULL WHERE id = ?",
      candidate.bytes, candidate.modified, now, id);
  database.Run("DELETE FROM aliases WHERE delivery = ?", id);
  SetAlias(database, provider, candidate, id);
}

// The delivery that stands for this candidate from now on. `seen` is what Look told.
std::string Register(Database& database, const std::string& provider, const Candidate& candidate,
                     const Sighting& seen, WallTime now) {
  if (!seen.standing) return Insert(database, provider, candidate, 1, now);
  const Standing& standing = *seen.standing;
  if (seen.kind == Known::Kind::kChanged) {
    if (standing.Done()) {
      return Insert(database, provider, candidate, standing.version + 1, now);
    }
    if (standing.Waits()) BecomeAnotherFile(database, provider, candidate, standing.id, now);
  }
  return standing.id;
}

bool HasToBeWorkedOn(const Sighting& seen) {
  if (seen.kind != Known::Kind::kKnown) return true;
  const DeliveryState state = seen.standing->state;
  return state == DeliveryState::kPending || state == DeliveryState::kFetching ||
         state == DeliveryState::kCommitting;
}

bool Matches(const std::string& glob, const std::string& path) {
  const size_t slash = path.rfind('/');
  const bool whole = glob.find('/') != std::string::npos || slash == std::string::npos;
  return ::fnmatch(glob.c_str(), whole ? path.c_str() : path.c_str() + slash + 1, 0) == 0;
}

Error InTheWay(const std::string& path, std::string why, std::string hint) {
  return {ErrorKind::kConflict, ErrorScope::kDelivery, "ledger",
          fmt::format("{}: {}", path, std::move(why)), std::move(hint)};
}

}  // namespace

std::vector<Known> SqliteLedger::Lookup(const std::string& provider,
                                        std::span<const Candidate> candidates) {
  return database_->Read([&] {
    std::vector<Known> result;
    result.reserve(candidates.size());
    for (const Candidate& candidate : candidates) {
      const Sighting seen = Look(*database_, provider, candidate, now_());
      result.push_back({seen.kind, seen.standing
                                       ? sqlite::FindDelivery(*database_, seen.standing->id)
                                       : std::nullopt});
    }
    return result;
  });
}

std::vector<std::string> SqliteLedger::Discover(const std::string& provider,
                                                std::span<const Candidate> candidates) {
  return database_->Write(Durability::kProcess, [&] {
    const WallTime now = now_();
    std::vector<std::string> ids;
    ids.reserve(candidates.size());
    for (const Candidate& candidate : candidates) {
      const Sighting seen = Look(*database_, provider, candidate, now);
      std::string id = Register(*database_, provider, candidate, seen, now);
      ids.push_back(HasToBeWorkedOn(seen) ? std::move(id) : std::string());
    }
    return ids;
  });
}

bool SqliteLedger::HasDeliveries(const std::string& provider) {
  return database_->Read([&] {
    return database_->Select("SELECT 1 FROM deliveries WHERE provider = ? LIMIT 1", provider)
        .Step();
  });
}

std::optional<Delivery> SqliteLedger::Find(const std::string& delivery_id) {
  return database_->Read([&] { return sqlite::FindDelivery(*database_, delivery_id); });
}

std::vector<Delivery> SqliteLedger::Deliveries(const DeliveryFilter& filter) {
  std::string sql = fmt::format("SELECT {} FROM deliveries WHERE ", sqlite::kDeliveryColumns);
  sql += filter.provider ? "provider = ?" : "? IS NULL";
  sql += filter.state ? " AND state = ?" : " AND ? IS NULL";
  sql += filter.id_prefix ? " AND id >= ?" : " AND ? IS NULL";
  sql += filter.id_prefix ? " AND id < ?" : " AND ? IS NULL";
  sql += " ORDER BY discovered DESC, seq DESC";
  std::optional<std::string> state;
  if (filter.state) state = Name(*filter.state);
  std::optional<std::string> id_end;
  if (filter.id_prefix) id_end = *filter.id_prefix + '~';  // after every character of an id
  return database_->Read([&] {
    std::vector<Delivery> result;
    Query query = database_->Select(sql, filter.provider, state, filter.id_prefix, id_end);
    while (static_cast<int64_t>(result.size()) < filter.limit && query.Step()) {
      Delivery delivery = sqlite::ReadDelivery(query);
      if (filter.path_glob && !Matches(*filter.path_glob, delivery.path)) continue;
      result.push_back(std::move(delivery));
    }
    return result;
  });
}

std::vector<ObjectRecord> SqliteLedger::Objects(const std::string& delivery_id) {
  return database_->Read([&] {
    std::vector<ObjectRecord> result;
    Query query = database_->Select(
        "SELECT key, url, etag, bytes, sha256, entry FROM objects WHERE delivery = ? "
        "ORDER BY position",
        delivery_id);
    while (query.Step()) {
      result.push_back({.key = query.Text(0),
                        .url = query.Text(1),
                        .etag = query.Text(2),
                        .bytes = query.Bytes(3),
                        .sha256 = query.Text(4),
                        .entry = query.Text(5)});
    }
    return result;
  });
}

std::optional<std::string> SqliteLedger::OwnerOfUrl(const std::string& url) {
  return database_->Read([&]() -> std::optional<std::string> {
    Query query = database_->Select(
        "SELECT d.id FROM deliveries d JOIN (SELECT delivery FROM objects WHERE url = ? "
        "UNION SELECT delivery FROM prepared WHERE url = ?) o ON o.delivery = d.id "
        "ORDER BY d.version DESC, d.seq DESC LIMIT 1",
        url, url);
    if (!query.Step()) return std::nullopt;
    return query.Text(0);
  });
}

void SqliteLedger::Adopt(const std::string& provider, const Candidate& candidate,
                         std::span<const ObjectRecord> objects) {
  database_->Write(Durability::kProcess, [&] {
    const WallTime now = now_();
    const Sighting seen = Look(*database_, provider, candidate, now);
    if (seen.kind == Known::Kind::kKnown && seen.standing->Done()) return;
    if (seen.standing && !seen.standing->Done() && !seen.standing->Waits()) {
      throw InTheWay(candidate.path, "can't be adopted while it is being delivered",
                     "adopt before the first run, or after it has ended");
    }
    const std::string id = Register(*database_, provider, candidate, seen, now);
    // A new token: a worker that comes back from the dead must not fetch it.
    database_->Run(
        "UPDATE deliveries SET state = 'adopted', next_try = NULL, incomplete_since = NULL, "
        "error = NULL, token = token + 1, worker = NULL, attempt = NULL, lease_until = NULL "
        "WHERE id = ?",
        id);
    sqlite::StoreObjects(*database_, id, objects);
  });
}

bool SqliteLedger::Import(const LandedRecord& record) {
  const Delivery& delivery = record.delivery;
  const bool adopted = delivery.state == DeliveryState::kAdopted;
  return database_->Write(Durability::kPower, [&] {
    if (sqlite::FindDelivery(*database_, delivery.id)) return false;
    // What waits for the very file that landed is not needed any more, unless it left something.
    database_->Run(
        "DELETE FROM deliveries WHERE state = 'pending' AND id = (SELECT delivery FROM aliases "
        "WHERE provider = ? AND path = ? AND bytes = ? AND modified = ?) AND NOT EXISTS (SELECT 1 "
        "FROM attempt_keys k WHERE k.delivery = deliveries.id)",
        delivery.provider, delivery.path, delivery.bytes, delivery.modified);
    // What waits for another file becomes a later version.
    database_->Run(
        "UPDATE deliveries SET version = ? WHERE provider = ? AND path = ? AND version <= ? "
        "AND state NOT IN ('committing', 'landed', 'adopted')",
        delivery.version + 1, delivery.provider, delivery.path, delivery.version);
    if (database_
            ->Select("SELECT 1 FROM deliveries WHERE provider = ? AND path = ? AND version = ?",
                     delivery.provider, delivery.path, delivery.version)
            .Step()) {
      throw InTheWay(
          delivery.path,
          fmt::format("version {} of it is another delivery in this ledger", delivery.version),
          "two ledgers have landed the same files: import into an empty one");
    }
    database_->Run(
        "INSERT INTO deliveries (id, provider, path, version, bytes, modified, state, tries, "
        "content, facts, discovered, landed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        delivery.id, delivery.provider, delivery.path, delivery.version, delivery.bytes,
        delivery.modified, Name(adopted ? DeliveryState::kAdopted : DeliveryState::kLanded),
        delivery.tries, delivery.content, delivery.facts, delivery.discovered, delivery.landed);
    database_->Run(
        "INSERT INTO aliases (provider, path, bytes, modified, delivery) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT (provider, path, bytes, modified) DO NOTHING",
        delivery.provider, delivery.path, delivery.bytes, delivery.modified, delivery.id);
    sqlite::StoreObjects(*database_, delivery.id, record.objects);
    return true;
  });
}

}  // namespace octo::ledger
