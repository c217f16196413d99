#include <fmt/core.h>

#include "ledger/sqlite/database.h"
#include "ledger/sqlite/failure.h"
#include "ledger/sqlite/rows.h"
#include "ledger/sqlite_ledger.h"
#include "stream/prepared_object_json.h"

// From the verified content to the landed delivery, and what can come between.
namespace octo::ledger {
namespace {

using sqlite::Database;
using sqlite::Durability;
using sqlite::Query;

Error Refusal(ErrorKind kind, const Claim& claim, std::string why, std::string hint) {
  return {kind, ErrorScope::kDelivery, "ledger",
          fmt::format("{}: {}", claim.delivery.path, std::move(why)), std::move(hint)};
}

// The names of the objects were made for the version in the claim.
void RequireVersion(Database& database, const Claim& claim) {
  const Delivery& delivery = claim.delivery;
  Query query = database.Select(
      "SELECT COALESCE(MAX(version), 0) + 1 FROM deliveries WHERE provider = ? AND path = ? "
      "AND state IN ('committing', 'landed', 'adopted')",
      delivery.provider, delivery.path);
  if (query.Step() && query.Integer(0) == delivery.version) return;
  throw Refusal(ErrorKind::kTransient, claim,
                fmt::format("version {} was taken while it was fetched", delivery.version),
                "nothing to do: it will be fetched again as the next version");
}

void RequireFreeUrl(Database& database, const Claim& claim, const std::string& url) {
  Query query = database.Select(
      "SELECT d.path FROM deliveries d JOIN (SELECT delivery FROM objects WHERE url = ? "
      "UNION SELECT delivery FROM prepared WHERE url = ?) o ON o.delivery = d.id "
      "WHERE d.provider <> ? OR d.path <> ? LIMIT 1",
      url, url, claim.delivery.provider, claim.delivery.path);
  if (!query.Step()) return;
  throw Refusal(ErrorKind::kConflict, claim, fmt::format("{} belongs to {}", url, query.Text(0)),
                "give the two files different names with `layout`");
}

void StorePrepared(Database& database, const Claim& claim,
                   std::span<const PreparedEntry> prepared) {
  int position = 0;
  for (const PreparedEntry& entry : prepared) {
    if (!entry.url.empty()) RequireFreeUrl(database, claim, entry.url);
    database.Run(
        "INSERT INTO prepared (delivery, position, entry, url, key, attempt, object) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        claim.delivery.id, position++, entry.entry, entry.url, entry.object.key,
        entry.object.attempt, stream::PreparedObjectToJson(entry.object));
  }
}

// Whether the delivery has been committed with this content. Another content is a broken invariant.
bool IsCommitted(Database& database, const Claim& claim, const std::string& content) {
  if (sqlite::HeldState(database, claim) != DeliveryState::kCommitting) return false;
  if (sqlite::FindDelivery(database, claim.delivery.id)->content == content) return true;
  throw sqlite::Bug(fmt::format("{} was committed with another content", claim.delivery.path));
}

// Ends a claim on what did not land. Its keys are leftovers, then.
void GiveUp(Database& database, const Claim& claim, DeliveryState state, const Error& error) {
  database.Run("DELETE FROM prepared WHERE delivery = ?", claim.delivery.id);
  database.Run(
      "UPDATE deliveries SET state = ?, tries = tries + 1, error = ?, incomplete_since = NULL, "
      "content = '', facts = '', worker = NULL, attempt = NULL, lease_until = NULL WHERE id = ?",
      Name(state), sqlite::StoredError(error), claim.delivery.id);
}

}  // namespace

std::optional<Delivery> SqliteLedger::SameContent(const Claim& claim, const std::string& content) {
  return database_->Read([&]() -> std::optional<Delivery> {
    sqlite::HeldState(*database_, claim);
    Query query = database_->Select(
        fmt::format("SELECT {} FROM deliveries WHERE provider = ? AND path = ? AND content = ? "
                    "AND content <> '' AND state IN ('landed', 'adopted') ORDER BY version DESC "
                    "LIMIT 1",
                    sqlite::kDeliveryColumns),
        claim.delivery.provider, claim.delivery.path, content);
    if (!query.Step()) return std::nullopt;
    return sqlite::ReadDelivery(query);
  });
}

void SqliteLedger::Duplicate(const Claim& claim, const std::string& landed_id) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::RequireState(*database_, claim, DeliveryState::kFetching, "Duplicate");
    const std::optional<Delivery> landed = sqlite::FindDelivery(*database_, landed_id);
    if (!landed ||
        (landed->state != DeliveryState::kLanded && landed->state != DeliveryState::kAdopted)) {
      throw sqlite::Bug(fmt::format("{} can't be a duplicate of {}, which has not landed",
                                    claim.delivery.path, landed_id));
    }
    database_->Run("UPDATE aliases SET delivery = ? WHERE delivery = ?", landed_id,
                   claim.delivery.id);
    database_->Run("DELETE FROM deliveries WHERE id = ?", claim.delivery.id);
  });
}

void SqliteLedger::Committing(const Claim& claim, std::span<const PreparedEntry> prepared,
                              const std::string& content, const std::string& facts) {
  database_->Write(Durability::kPower, [&] {
    if (IsCommitted(*database_, claim, content)) return;
    sqlite::RequireState(*database_, claim, DeliveryState::kFetching, "Committing");
    RequireVersion(*database_, claim);
    StorePrepared(*database_, claim, prepared);
    database_->Run(
        "UPDATE deliveries SET state = 'committing', content = ?, facts = ? WHERE id = ?", content,
        facts, claim.delivery.id);
  });
}

void SqliteLedger::Landed(const Claim& claim, std::span<const ObjectRecord> objects,
                          std::span<const OutboxItem> outbox) {
  database_->Write(Durability::kPower, [&] {
    const std::string& id = claim.delivery.id;
    sqlite::RequireState(*database_, claim, DeliveryState::kCommitting, "Landed");
    sqlite::StoreObjects(*database_, id, objects);
    database_->Run("DELETE FROM prepared WHERE delivery = ?", id);
    database_->Run("DELETE FROM attempt_keys WHERE delivery = ?", id);
    for (const OutboxItem& item : outbox) {
      database_->Run("INSERT INTO outbox (provider, delivery, action, payload) VALUES (?, ?, ?, ?)",
                     claim.delivery.provider, id, item.action, item.payload);
    }
    database_->Run(
        "UPDATE deliveries SET state = 'landed', landed = ?, error = NULL, "
        "incomplete_since = NULL, worker = NULL, attempt = NULL, lease_until = NULL WHERE id = ?",
        now_(), id);
  });
}

void SqliteLedger::Conflict(const Claim& claim, const Error& error) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::HeldState(*database_, claim);
    GiveUp(*database_, claim, DeliveryState::kConflict, error);
  });
}

void SqliteLedger::Lost(const Claim& claim, const std::string& why) {
  database_->Write(Durability::kProcess, [&] {
    sqlite::RequireState(*database_, claim, DeliveryState::kCommitting, "Lost");
    GiveUp(*database_, claim, DeliveryState::kPending,
           Error(ErrorKind::kTransient, ErrorScope::kDelivery, "publish", why,
                 "nothing to do: it will be fetched again"));
  });
}

}  // namespace octo::ledger
