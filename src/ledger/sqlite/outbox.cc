#include "ledger/outbox.h"

#include "ledger/sqlite/database.h"
#include "ledger/sqlite/rows.h"
#include "ledger/sqlite_ledger.h"

namespace octo::ledger {

using sqlite::Durability;
using sqlite::Query;

std::vector<OutboxItem> SqliteLedger::ClaimOutbox(const std::string& provider, int most,
                                                  std::chrono::seconds lease) {
  return database_->Write(Durability::kProcess, [&] {
    const WallTime now = now_();
    std::vector<OutboxItem> items;
    {
      Query query = database_->Select(
          "SELECT id, delivery, action, payload, tries, error, lease_until IS NOT NULL FROM outbox "
          "o WHERE provider = ? "
          "AND (next_try IS NULL OR next_try <= ?) AND (lease_until IS NULL OR lease_until <= ?) "
          "AND NOT EXISTS (SELECT 1 FROM outbox before WHERE before.delivery = o.delivery "
          "AND before.id < o.id) ORDER BY id LIMIT ?",
          provider, now, now, most);
      while (query.Step()) {
        items.push_back({.id = query.Integer(0),
                         .delivery = query.Text(1),
                         .action = query.Text(2),
                         .payload = query.Text(3),
                         .tries = query.SmallInteger(4),
                         .interrupted = query.Integer(6) != 0,
                         .error = sqlite::ReadError(query, 5)});
      }
    }
    for (const OutboxItem& item : items) {
      database_->Run("UPDATE outbox SET lease_until = ? WHERE id = ?", now + lease, item.id);
    }
    return items;
  });
}

void SqliteLedger::OutboxDone(int64_t id) {
  database_->Write(Durability::kProcess,
                   [&] { database_->Run("DELETE FROM outbox WHERE id = ?", id); });
}

void SqliteLedger::OutboxFailed(int64_t id, const Error& error, WallTime next_try) {
  database_->Write(Durability::kProcess, [&] {
    database_->Run(
        "UPDATE outbox SET tries = tries + 1, error = ?, next_try = ?, lease_until = NULL "
        "WHERE id = ?",
        sqlite::StoredError(error), next_try, id);
  });
}

}  // namespace octo::ledger
