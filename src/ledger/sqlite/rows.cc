#include "ledger/sqlite/rows.h"

#include <fmt/core.h>

#include "ledger/error_json.h"
#include "ledger/ledger.h"
#include "ledger/sqlite/failure.h"

namespace octo::ledger::sqlite {
namespace {

DeliveryState ReadState(const std::string& name) {
  const std::optional<DeliveryState> state = DeliveryStateFromName(name);
  if (!state) {
    throw Error(ErrorKind::kCorrupt, ErrorScope::kProcess, "ledger",
                fmt::format("the ledger holds a delivery in the unknown state \"{}\"", name),
                "restore the ledger from a backup, or rebuild it from the manifests");
  }
  return *state;
}

}  // namespace

Delivery ReadDelivery(const Query& row) {
  return {.id = row.Text(0),
          .provider = row.Text(1),
          .path = row.Text(2),
          .bytes = row.Bytes(3),
          .modified = row.Time(4),
          .version = row.SmallInteger(5),
          .state = ReadState(row.Text(6)),
          .tries = row.SmallInteger(7),
          .next_try = row.OptionalTime(8),
          .incomplete_since = row.OptionalTime(9),
          .error = ReadError(row, 10),
          .content = row.Text(11),
          .facts = row.Text(12),
          .discovered = row.Time(13),
          .landed = row.OptionalTime(14)};
}

std::optional<Delivery> FindDelivery(Database& database, const std::string& id) {
  Query query =
      database.Select(fmt::format("SELECT {} FROM deliveries WHERE id = ?", kDeliveryColumns), id);
  if (!query.Step()) return std::nullopt;
  return ReadDelivery(query);
}

std::optional<std::string> StoredError(const std::optional<Error>& error) {
  if (!error) return std::nullopt;
  return ErrorToJson(*error);
}

std::optional<Error> ReadError(const Query& row, int column) {
  if (row.IsNull(column)) return std::nullopt;
  return ErrorFromJson(row.Text(column));
}

DeliveryState HeldState(Database& database, const Claim& claim) {
  Query query =
      database.Select("SELECT state FROM deliveries WHERE id = ? AND token = ? AND attempt = ?",
                      claim.delivery.id, claim.token, claim.attempt);
  if (!query.Step()) throw LeaseLost(claim);
  return ReadState(query.Text(0));
}

void RequireState(Database& database, const Claim& claim, DeliveryState state,
                  std::string_view call) {
  const DeliveryState found = HeldState(database, claim);
  if (found == state) return;
  throw Bug(fmt::format("{} is for {} deliveries, but {} is {}", call, Name(state),
                        claim.delivery.path, Name(found)));
}

void StoreObjects(Database& database, const std::string& delivery,
                  std::span<const ObjectRecord> objects) {
  database.Run("DELETE FROM objects WHERE delivery = ?", delivery);
  int position = 0;
  for (const ObjectRecord& object : objects) {
    database.Run(
        "INSERT INTO objects (delivery, position, entry, key, url, etag, bytes, sha256) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        delivery, position++, object.entry, object.key, object.url, object.etag, object.bytes,
        object.sha256);
  }
}

}  // namespace octo::ledger::sqlite
