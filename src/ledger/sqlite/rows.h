#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "ledger/delivery.h"
#include "ledger/sqlite/database.h"

// What the calls on deliveries have in common. All of it is for use inside a transaction.
namespace octo::ledger::sqlite {

// The columns of the deliveries table that ReadDelivery reads, in its order, from column 0.
inline constexpr std::string_view kDeliveryColumns =
    "id, provider, path, bytes, modified, version, state, tries, next_try, incomplete_since, "
    "error, content, facts, discovered, landed";
inline constexpr int kDeliveryColumnCount = 15;
Delivery ReadDelivery(const Query& row);
std::optional<Delivery> FindDelivery(Database& database, const std::string& id);

// An error as a value to bind, and from a nullable column.
std::optional<std::string> StoredError(const std::optional<Error>& error);
std::optional<Error> ReadError(const Query& row, int column);

// The state of a delivery that the claim holds; throws LeaseLost when it does not (any more).
DeliveryState HeldState(Database& database, const Claim& claim);
// Throws LeaseLost, or kBug when the delivery is in another state than `call` allows.
void RequireState(Database& database, const Claim& claim, DeliveryState state,
                  std::string_view call);

// Makes these the objects of the delivery.
void StoreObjects(Database& database, const std::string& delivery,
                  std::span<const ObjectRecord> objects);

}  // namespace octo::ledger::sqlite
