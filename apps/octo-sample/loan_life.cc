#include "loan_life.h"

#include <algorithm>
#include <array>

#include "random.h"

namespace octo::sample {
namespace {

using std::chrono::days;

constexpr days kChargeOffAge{120};
constexpr std::array<std::string_view, 4> kSources = {"ACH", "DEBIT_CARD", "DEBIT_CARD", "CHECK"};

// Per million and installment, by grade: a borrower who was on time does not pay.
constexpr std::array<uint32_t, 5> kMiss = {3'000, 6'000, 12'000, 22'000, 40'000};
// Per million, by how many installments were already open (1, 2, 3 and more).
constexpr std::array<uint32_t, 3> kCure = {420'000, 200'000, 60'000};
constexpr std::array<uint32_t, 3> kPayOne = {200'000, 110'000, 40'000};

class Life {
 public:
  Life(const LoanPool& pool, const Loan& loan, Date until, std::vector<Event>& events)
      : loan_(loan), until_(until), events_(events), random_(pool.Seed(), loan.index, 1) {}

  LoanState Run() {
    state_.balance_cents = loan_.principal_cents;
    events_.push_back({.type = EventType::kDisbursement,
                       .date = loan_.origination,
                       .principal_cents = -loan_.principal_cents,
                       .source = "MERCHANT"});
    if (random_.Chance(12'000)) {
      Refund(loan_.origination + days(random_.Between(6, 12)), state_.balance_cents,
             LoanStatus::kCancelled);
    } else {
      for (int period = 0; LivePeriod(period); ++period) {
      }
    }
    return Finished();
  }

 private:
  // From one due date to the day before the next; false when nothing more happens until until_.
  bool LivePeriod(int period) {
    Date due = DueDate(loan_, period + state_.times_extended);
    if (Open() > 0 && OldestUnpaid() + kChargeOffAge <= due) {
      return ChargeOff(OldestUnpaid() + kChargeOffAge, "DPD_120");
    }
    if (due > until_) return false;
    if (Open() == 0 && state_.times_extended < 2 && loan_.frequency == Frequency::kMonthly &&
        random_.Chance(3'000)) {
      due = DueDate(loan_, period + ++state_.times_extended);
      state_.deferred_now = due > until_;
      if (state_.deferred_now) return false;
    }
    const int behind = Open();
    if (period < loan_.installments) FallDue(due);
    return behind == 0 ? ActOnTime(period, due) : ActBehind(behind, due);
  }

  int Open() const { return fallen_due_ - state_.installments_paid; }
  // Nothing is deferred while an installment is open, so all open ones moved by the same months.
  Date OldestUnpaid() const {
    return DueDate(loan_, state_.installments_paid + state_.times_extended);
  }

  void FallDue(Date due) {
    const int64_t interest = InstallmentInterest(loan_, state_.balance_cents);
    events_.push_back(
        {.type = EventType::kDue,
         .date = due,
         .principal_cents = InstallmentPrincipal(fallen_due_, state_.balance_cents, interest),
         .interest_cents = interest,
         .source = {}});
    ++fallen_due_;
  }

  int64_t InstallmentPrincipal(int number, int64_t balance_cents, int64_t interest_cents) const {
    if (number + 1 == loan_.installments) return balance_cents;
    return std::min(loan_.payment_cents - interest_cents, balance_cents);
  }

  bool ActOnTime(int period, Date due) {
    uint32_t draw = random_.Below(1'000'000);
    const auto happens = [&draw](uint32_t per_million) {
      if (draw < per_million) return true;
      draw -= per_million;
      return false;
    };
    if (happens(kMiss[static_cast<size_t>(loan_.grade - 'A')])) return true;
    if (happens(period == 0 ? 600 : 0)) return ChargeOff(due + days(5), "FRAUD");
    if (happens(600)) return Repurchase(due + days(1));
    if (happens(period < 2 ? 5'000 : 0)) {
      return Refund(due + days(random_.Between(1, 8)), state_.balance_cents, LoanStatus::kRefunded);
    }
    if (happens(15'000)) return Pay(due, 1, state_.balance_cents);
    if (happens(8'000)) return Pay(due, 1, state_.balance_cents * random_.Between(5, 40) / 100);
    if (happens(period < 3 ? 4'000 : 0)) return PayAndRefundPart(due);
    if (happens(3'000)) return PayTwice(due);
    const int lag = happens(100'000) ? random_.Between(3, 9) : static_cast<int>(draw & 1);
    return Pay(due + days(lag), 1, 0);
  }

  bool ActBehind(int behind, Date due) {
    const Date date =
        due + days(random_.Between(0, loan_.frequency == Frequency::kBiweekly ? 9 : 14));
    if (OldestUnpaid() + kChargeOffAge <= date)
      return ChargeOff(OldestUnpaid() + kChargeOffAge, "DPD_120");
    const auto row = static_cast<size_t>(std::min(behind, 3) - 1);
    const uint32_t draw = random_.Below(1'000'000);
    if (draw < kCure[row]) return PayLate(date, Open());
    if (draw < kCure[row] + kPayOne[row]) return PayLate(date, 1);
    if (draw >= 994'000) return GoBankrupt(date);
    if (draw >= 980'000 && behind >= 2) return Settle(date);
    return true;
  }

  // Pays the `count` oldest open installments and up to `extra_cents` of the balance before it is
  // due.
  bool Pay(Date date, int count, int64_t extra_cents) {
    if (date > until_) return false;
    Event payment{.type = EventType::kPayment, .date = date, .source = random_.OneOf(kSources)};
    int64_t rest = state_.balance_cents;
    for (; count > 0; --count) {
      const int64_t interest = InstallmentInterest(loan_, rest);
      const int64_t principal = InstallmentPrincipal(state_.installments_paid++, rest, interest);
      payment.interest_cents += interest;
      payment.principal_cents += principal;
      rest -= principal;
    }
    payment.prepaid_cents = std::min(extra_cents, rest);
    payment.principal_cents += payment.prepaid_cents;
    TakeOff(payment);
    if (state_.balance_cents == 0) return Close(date, LoanStatus::kPaidOff);
    return true;
  }

  bool PayLate(Date date, int count) {
    if (date <= until_ && loan_.product == Product::kCard) {
      events_.push_back(
          {.type = EventType::kFee, .date = date, .fee_cents = 500, .source = "LATE_FEE"});
    }
    return Pay(date, count, 0);
  }

  bool PayAndRefundPart(Date due) {
    if (!Pay(due, 1, 0)) return false;
    const int64_t part = state_.balance_cents * random_.Between(10, 60) / 100;
    return part == 0 || Refund(due + days(random_.Between(1, 8)), part, LoanStatus::kRefunded);
  }

  // The bank returns the payment two days later; another source pays on the same day.
  bool PayTwice(Date due) {
    const bool paid = Pay(due, 1, 0);
    if (due + days(2) > until_ || events_.back().type != EventType::kPayment) return paid;
    Event back = events_.back();
    const Event again = {.type = EventType::kPayment,
                         .date = due + days(2),
                         .principal_cents = back.principal_cents,
                         .interest_cents = back.interest_cents,
                         .source = "DEBIT_CARD"};
    back.type = EventType::kReversal;
    back.date = again.date;
    back.principal_cents = -back.principal_cents;
    back.interest_cents = -back.interest_cents;
    events_.push_back(back);
    events_.push_back(again);
    return paid;
  }

  // Of the whole balance: the loan ends as `status`. Of a part: it goes on.
  bool Refund(Date date, int64_t cents, LoanStatus status) {
    if (date > until_) return false;
    TakeOff(
        {.type = EventType::kRefund, .date = date, .principal_cents = cents, .source = "MERCHANT"});
    return state_.balance_cents > 0 || Close(date, status);
  }

  bool Repurchase(Date date) {
    if (date > until_) return false;
    TakeOff({.type = EventType::kAdjustment,
             .date = date,
             .principal_cents = state_.balance_cents,
             .source = "REPURCHASE"});
    return Close(date, LoanStatus::kRepurchased);
  }

  bool GoBankrupt(Date notice) {
    if (notice > until_) return false;
    state_.status = LoanStatus::kBankruptcy;
    return ChargeOff(std::min(notice + days(60), OldestUnpaid() + kChargeOffAge), "BANKRUPTCY");
  }

  bool Settle(Date date) {
    if (date > until_) return false;
    TakeOff({.type = EventType::kPayment,
             .date = date,
             .principal_cents = state_.balance_cents * random_.Between(40, 60) / 100,
             .source = "SETTLEMENT"});
    return ChargeOff(date, "SETTLEMENT");
  }

  bool ChargeOff(Date date, std::string_view reason) {
    if (date > until_) return false;
    if (Open() > 0)
      state_.days_past_due_at_charge_off = static_cast<int>((date - OldestUnpaid()).count());
    const int64_t lost = state_.balance_cents;
    state_.charge_off_reason = reason;
    TakeOff({.type = EventType::kChargeOff, .date = date, .principal_cents = lost, .source = {}});
    for (int month = 1; month <= 5 && date + days(30 * month) <= until_; ++month) {
      if (!random_.Chance(80'000)) continue;
      events_.push_back({.type = EventType::kRecovery,
                         .date = date + days(30 * month),
                         .recovered_cents = 1 + lost * random_.Between(2, 15) / 100,
                         .source = "AGENCY"});
    }
    return Close(date, LoanStatus::kChargedOff);
  }

  void TakeOff(const Event& event) {
    events_.push_back(event);
    state_.balance_cents -= event.principal_cents;
  }

  bool Close(Date date, LoanStatus status) {
    state_.closed = date;
    state_.status = status;
    return false;
  }

  LoanState Finished() {
    if (state_.closed) return state_;
    if (Open() > 0) state_.oldest_unpaid_due = OldestUnpaid();
    if (state_.status == LoanStatus::kBankruptcy) return state_;
    if (fallen_due_ < loan_.installments)
      state_.next_due = DueDate(loan_, fallen_due_ + state_.times_extended);
    if (Open() > 0 && OldestUnpaid() < until_) state_.status = LoanStatus::kDelinquent;
    return state_;
  }

  const Loan& loan_;
  const Date until_;
  std::vector<Event>& events_;
  Random random_;
  LoanState state_;
  int fallen_due_ = 0;
};

}  // namespace

std::string_view Name(EventType type) {
  constexpr std::array<std::string_view, 9> kNames = {"DISBURSEMENT", "DUE",        "PAYMENT",
                                                      "REFUND",       "CHARGEOFF",  "RECOVERY",
                                                      "REVERSAL",     "ADJUSTMENT", "FEE"};
  return kNames[static_cast<size_t>(type)];
}

std::string_view Name(LoanStatus status) {
  constexpr std::array<std::string_view, 8> kNames = {"CURRENT",     "DELINQUENT", "PAID_OFF",
                                                      "CHARGED_OFF", "CANCELLED",  "REFUNDED",
                                                      "REPURCHASED", "BANKRUPTCY"};
  return kNames[static_cast<size_t>(status)];
}

LoanState Live(const LoanPool& pool, const Loan& loan, Date until, std::vector<Event>& events) {
  events.clear();
  return Life(pool, loan, until, events).Run();
}

}  // namespace octo::sample
