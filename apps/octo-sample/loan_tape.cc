#include "loan_tape.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <vector>

#include "loan_life.h"
#include "text_buffer.h"

namespace octo::sample {
namespace {

constexpr std::string_view kHeader =
    "as_of_date,loan_id,pool_id,originator,merchant_id,merchant_category,product_type,origination_"
    "date,"
    "first_payment_date,maturity_date,purchase_date,state,zip3,original_principal,apr,note_rate,"
    "mdr_fee,term_months,"
    "payment_frequency,monthly_payment,fico_at_orig,itacs_score,affirm_grade,repeat_customer,"
    "remaining_term,"
    "next_due_date,last_payment_date,last_payment_amount,times_extended,deferral_flag,modification_"
    "flag,"
    "beginning_principal,scheduled_principal,principal_paid,prepaid_principal,interest_accrued,"
    "interest_paid,"
    "fees_paid,refund_amount,ending_principal,days_past_due,delinquency_bucket,loan_status,charged_"
    "off_principal,"
    "charge_off_date,charge_off_reason,recoveries,cumulative_recoveries,servicing_fee,data_"
    "status\n";

// What the events of a loan add up to for a month. Cents.
struct Flows {
  int64_t beginning = 0, scheduled = 0, paid = 0, prepaid = 0, accrued = 0, interest = 0, fees = 0,
          refunds = 0;
  int64_t charged_off = 0, recoveries = 0, all_recoveries = 0;
  const Event* last_payment = nullptr;
};

void AddInMonth(const Event& event, Flows& flows) {
  switch (event.type) {
    case EventType::kDue:
      flows.scheduled += event.principal_cents;
      flows.accrued += event.interest_cents;
      break;
    case EventType::kDisbursement:
      flows.beginning -= event.principal_cents;
      break;
    case EventType::kRefund:
      flows.refunds += event.principal_cents;
      break;
    case EventType::kChargeOff:
      flows.charged_off += event.principal_cents;
      break;
    case EventType::kRecovery:
      flows.recoveries += event.recovered_cents;
      break;
    case EventType::kPayment:
    case EventType::kReversal:
    case EventType::kAdjustment:
    case EventType::kFee:
      flows.paid += event.principal_cents;
      flows.prepaid += event.prepaid_cents;
      flows.interest += event.interest_cents;
      flows.fees += event.fee_cents;
      break;
  }
}

Flows AddUp(const std::vector<Event>& events, Date month_start) {
  Flows flows;
  for (const Event& event : events) {
    if (event.type == EventType::kPayment) flows.last_payment = &event;
    flows.all_recoveries += event.recovered_cents;
    if (event.date >= month_start) {
      AddInMonth(event, flows);
    } else if (event.type != EventType::kDue) {
      flows.beginning -= event.principal_cents;
    }
  }
  return flows;
}

bool IsOnTape(const LoanState& state, Date as_of) {
  if (!state.closed) return true;
  const int months = state.status == LoanStatus::kChargedOff ? 6 : 1;
  return as_of <= LastOfMonth(AddMonths(FirstOfMonth(*state.closed), months));
}

// After this day the loan is on no tape, whatever happens to it: both deferrals, the longest way to
// a charge-off, and the months of recoveries.
Date LastPossibleTape(const Loan& loan) { return AddMonths(loan.maturity, 2 + 5 + 7); }

std::string_view Bucket(int days_past_due) {
  if (days_past_due == 0) return "CURRENT";
  if (days_past_due < 30) return "1-29";
  if (days_past_due < 60) return "30-59";
  if (days_past_due < 90) return "60-89";
  return days_past_due < 120 ? "90-119" : "120+";
}

int DaysPastDue(const LoanState& state, Date as_of) {
  if (state.closed) return state.days_past_due_at_charge_off;
  return state.oldest_unpaid_due ? static_cast<int>((as_of - *state.oldest_unpaid_due).count()) : 0;
}

// Writes fields, each followed by its comma.
class FieldWriter {
 public:
  explicit FieldWriter(TextBuffer& text) : text_(text) {}

  void Text(std::string_view value) {
    text_.Text(value);
    text_.Char(',');
  }
  void Numbered(std::string_view prefix, uint32_t number, int digits) {
    text_.Text(prefix);
    text_.Digits(number, digits);
    text_.Char(',');
  }
  void Quoted(std::string_view value) {
    const bool quote = value.find(',') != std::string_view::npos;
    if (quote) text_.Char('"');
    text_.Text(value);
    if (quote) text_.Char('"');
    text_.Char(',');
  }
  void Integer(int64_t value) {
    text_.Integer(value);
    text_.Char(',');
  }
  void Integer(std::optional<int> value) {
    if (value) text_.Integer(*value);
    text_.Char(',');
  }
  void Cents(int64_t value) {
    text_.Cents(value);
    text_.Char(',');
  }
  void Rate(uint32_t hundredths_of_percent) {
    text_.Text("0.");
    text_.Digits(hundredths_of_percent, 4);
    text_.Char(',');
  }
  void Day(Date value) {
    text_.IsoDate(value);
    text_.Char(',');
  }
  void Day(std::optional<Date> value) {
    if (value) text_.IsoDate(*value);
    text_.Char(',');
  }
  void Flag(bool value) { Text(value ? "true" : "false"); }

 private:
  TextBuffer& text_;
};

std::string_view View(const LoanId& id) { return {id.data(), id.size()}; }

void WriteStatic(const Loan& loan, FieldWriter& fields) {
  fields.Text(View(loan.id));
  fields.Numbered("POOL-", loan.pool, 2);
  fields.Text(loan.originator);
  fields.Numbered("M", loan.merchant, 6);
  fields.Quoted(loan.merchant_category);
  fields.Text(Name(loan.product));
  fields.Day(loan.origination);
  fields.Day(loan.first_payment);
  fields.Day(loan.maturity);
  fields.Day(loan.purchase);
  fields.Text(loan.state);
  fields.Numbered("", loan.zip3, 3);
  fields.Cents(loan.principal_cents);
  fields.Rate(loan.apr);
  fields.Rate(loan.apr);
  fields.Cents(loan.mdr_fee_cents);
  fields.Integer(loan.term_months);
  fields.Text(Name(loan.frequency));
  fields.Cents(loan.payment_cents);
  fields.Integer(loan.fico);
  fields.Integer(loan.itacs);
  fields.Text({&loan.grade, 1});
  fields.Flag(loan.repeat_customer);
}

void WriteState(const Loan& loan, const LoanState& state, const Flows& flows, FieldWriter& fields) {
  const int remaining = state.closed ? 0 : loan.installments - state.installments_paid;
  fields.Integer(loan.frequency == Frequency::kBiweekly ? (remaining + 1) / 2 : remaining);
  fields.Day(state.next_due);
  if (flows.last_payment != nullptr) {
    fields.Day(flows.last_payment->date);
    fields.Cents(flows.last_payment->Amount());
  } else {
    fields.Text({});
    fields.Text({});
  }
  fields.Integer(state.times_extended);
  fields.Flag(state.deferred_now);
  fields.Flag(state.times_extended > 0);
}

void WriteFlows(const LoanState& state, const Flows& flows, Date as_of, FieldWriter& fields) {
  for (const int64_t cents :
       {flows.beginning, flows.scheduled, flows.paid, flows.prepaid, flows.accrued, flows.interest,
        flows.fees, flows.refunds, state.balance_cents}) {
    fields.Cents(cents);
  }
  const int days_past_due = DaysPastDue(state, as_of);
  const bool charged_off = state.status == LoanStatus::kChargedOff;
  fields.Integer(days_past_due);
  fields.Text(Bucket(days_past_due));
  fields.Text(Name(state.status));
  fields.Cents(flows.charged_off);
  fields.Day(charged_off ? state.closed : std::nullopt);
  fields.Text(state.charge_off_reason);
  fields.Cents(flows.recoveries);
  fields.Cents(flows.all_recoveries);
  fields.Cents((flows.beginning + 600) / 1200);  // 1 % a year, a month of it
}

void WriteTransaction(const Loan& loan, const Event& event, size_t number, Date posted,
                      TextBuffer& text) {
  FieldWriter fields(text);
  text.Char('T');
  text.Text(View(loan.id));
  text.Char('-');
  text.Digits(static_cast<uint32_t>(number), 4);
  text.Char(',');
  fields.Text(View(loan.id));
  fields.Day(event.date);
  fields.Day(posted);
  fields.Text(Name(event.type));
  const int64_t sign = event.type == EventType::kDisbursement ? -1 : 1;
  fields.Cents(sign * event.Amount());
  fields.Cents(sign * event.principal_cents);
  fields.Cents(event.interest_cents);
  fields.Cents(event.fee_cents);
  text.Text(event.source);
  text.Char('\n');
  text.EndRecord();
}

// One row, if the loan is on the tape.
bool WriteRow(const LoanPool& pool, uint64_t index, Date as_of, std::vector<Event>& events,
              TextBuffer& text) {
  const Loan loan = pool.At(index);
  if (loan.purchase > as_of || LastPossibleTape(loan) < as_of) return false;
  const LoanState state = Live(pool, loan, as_of, events);
  if (!IsOnTape(state, as_of)) return false;
  const Flows flows = AddUp(events, FirstOfMonth(as_of));
  FieldWriter fields(text);
  fields.Day(as_of);
  WriteStatic(loan, fields);
  WriteState(loan, state, flows, fields);
  WriteFlows(state, flows, as_of, fields);
  text.Text("OK\n");
  text.EndRecord();
  return true;
}

}  // namespace

uint64_t WriteTape(const LoanPool& pool, Date as_of, Output& output) {
  TextBuffer text(output);
  std::vector<Event> events;
  text.Text(kHeader);
  uint64_t rows = 0;
  const uint64_t loans = pool.OriginatedBy(as_of);
  for (uint64_t index = 0; index < loans; ++index)
    rows += WriteRow(pool, index, as_of, events, text) ? 1 : 0;
  text.Flush();
  return rows;
}

uint64_t WriteTransactions(const LoanPool& pool, Date from, Date to, Output& output) {
  TextBuffer text(output);
  std::vector<Event> events;
  text.Text(
      "transaction_id,loan_id,effective_date,posted_date,type,amount,principal,interest,fee,source_"
      "type\n");
  uint64_t rows = 0;
  const uint64_t loans = pool.OriginatedBy(to);
  for (uint64_t index = 0; index < loans; ++index) {
    const Loan loan = pool.At(index);
    if (LastPossibleTape(loan) < from) continue;
    Live(pool, loan, to, events);
    for (size_t number = 0; number < events.size(); ++number) {
      const Event& event = events[number];
      const Date posted = event.type == EventType::kDisbursement ? loan.purchase : event.date;
      if (event.type == EventType::kDue || posted < from || posted > to) continue;
      WriteTransaction(loan, event, number, posted, text);
      ++rows;
    }
  }
  text.Flush();
  return rows;
}

uint64_t LoansForBytes(uint64_t seed, Date as_of, uint64_t bytes) {
  constexpr uint64_t kProbe = 20'000;
  CountingOutput probe;
  WriteTape(LoanPool(seed, kProbe), as_of, probe);
  const auto wanted = bytes - std::min<uint64_t>(bytes, kHeader.size());
  return std::max<uint64_t>(
      1, static_cast<uint64_t>(static_cast<double>(wanted) * kProbe /
                               static_cast<double>(probe.Bytes() - kHeader.size() + 1)));
}

}  // namespace octo::sample
