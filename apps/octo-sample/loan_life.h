#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "loan.h"

namespace octo::sample {

// What happens to a loan. All but kDue are also the types of transactions.
enum class EventType : uint8_t {
  kDisbursement,
  kDue,  // an installment fell due: `principal` and `interest` are what the schedule asks
  kPayment,
  kRefund,
  kChargeOff,
  kRecovery,
  kReversal,
  kAdjustment,  // the originator buys the loan back
  kFee
};

struct Event {
  EventType type;
  Date date;
  int64_t principal_cents = 0;  // of balance taken away (added by a reversal and a disbursement)
  int64_t interest_cents = 0;
  int64_t fee_cents = 0;
  int64_t prepaid_cents = 0;  // the part of principal that was not due yet
  int64_t recovered_cents = 0;
  std::string_view source;  // "ACH", "DEBIT_CARD", ...

  int64_t Amount() const { return principal_cents + interest_cents + fee_cents + recovered_cents; }
};

enum class LoanStatus : uint8_t {
  kCurrent,
  kDelinquent,
  kPaidOff,
  kChargedOff,
  kCancelled,
  kRefunded,
  kRepurchased,
  kBankruptcy
};

std::string_view Name(EventType type);
std::string_view Name(LoanStatus status);

// Where a loan stands at the end of a day.
struct LoanState {
  LoanStatus status = LoanStatus::kCurrent;
  int64_t balance_cents = 0;
  int installments_paid = 0;
  std::optional<Date> oldest_unpaid_due;
  std::optional<Date> next_due;
  std::optional<Date> closed;  // also the charge-off date
  std::string_view charge_off_reason;
  int days_past_due_at_charge_off = 0;
  int times_extended = 0;
  bool deferred_now = false;
};

// Lives the loan's life from its origination through the end of `until`, and puts what happened
// into `events` (emptied first), in order of their dates. The same loan lives the same life however
// far it is looked at.
LoanState Live(const LoanPool& pool, const Loan& loan, Date until, std::vector<Event>& events);

}  // namespace octo::sample
