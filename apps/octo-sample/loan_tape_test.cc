#include "loan_tape.h"

#include <gmock/gmock.h>

#include <array>
#include <set>

#include "crypto/digest.h"
#include "csv_rows.h"

namespace octo::sample {
namespace {

using std::chrono::year;
using Tape = std::map<std::string, CsvRow>;  // by loan id

constexpr uint64_t kLoans = 20'000;
const std::array<Date, 3> kMonthEnds = {Date(year(2026) / 2 / 28), Date(year(2026) / 3 / 31),
                                        Date(year(2026) / 4 / 30)};

std::string TapeText(uint64_t seed, uint64_t loans, Date as_of) {
  std::string text;
  StringOutput output(text);
  WriteTape(LoanPool(seed, loans), as_of, output);
  return text;
}

Tape TapeOf(Date as_of) {
  Tape tape;
  for (CsvRow& row : CsvRows(TapeText(1, kLoans, as_of))) tape[row["loan_id"]] = std::move(row);
  return tape;
}

int64_t Cents(const std::string& money) {
  const size_t point = money.find('.');
  EXPECT_EQ(money.size(), point + 3) << money;
  const int64_t cents = std::stoll(money.substr(0, point)) * 100;
  const int64_t rest = std::stoll(money.substr(point + 1));
  return money.front() == '-' ? cents - rest : cents + rest;
}

int64_t Cents(const CsvRow& row, std::string_view column) {
  return Cents(row.find(column)->second);
}
const std::string& Text(const CsvRow& row, std::string_view column) {
  return row.find(column)->second;
}

class LoanTape : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    for (const Date month_end : kMonthEnds) tapes_.push_back(TapeOf(month_end));
  }
  static void TearDownTestSuite() { tapes_.clear(); }

  template <typename Check>
  static void ForEveryRow(Check&& check) {
    for (const Tape& tape : tapes_) {
      for (const auto& [id, row] : tape) check(row);
    }
  }
  // (row of a month, row of the next month) of every loan that is on both tapes.
  template <typename Check>
  static void ForEveryStep(Check&& check) {
    for (size_t month = 1; month < tapes_.size(); ++month) {
      for (const auto& [id, row] : tapes_[month]) {
        if (const auto before = tapes_[month - 1].find(id); before != tapes_[month - 1].end())
          check(before->second, row);
      }
    }
  }

  static inline std::vector<Tape> tapes_;
};

TEST_F(LoanTape, HasTheSameBytesOnEveryMachine) {
  EXPECT_EQ(crypto::Sha256Hex(TapeText(1, 5'000, kMonthEnds[2])),
            "59455ca477f4f880853031e446d08ec108dc2abdfdd7bb1af3d071054949664f");
}

TEST_F(LoanTape, DependsOnTheSeed) {
  EXPECT_NE(TapeText(1, 100, kMonthEnds[2]), TapeText(2, 100, kMonthEnds[2]));
}

TEST_F(LoanTape, HasUniqueLoanIds) {
  const std::vector<CsvRow> rows = CsvRows(TapeText(1, kLoans, kMonthEnds[2]));
  EXPECT_EQ(rows.size(), tapes_[2].size());
  EXPECT_GT(rows.size(), 5'000u);
}

TEST_F(LoanTape, BalancesAddUpToTheCent) {
  ForEveryRow([](const CsvRow& row) {
    EXPECT_EQ(Cents(row, "ending_principal"),
              Cents(row, "beginning_principal") - Cents(row, "principal_paid") -
                  Cents(row, "charged_off_principal") - Cents(row, "refund_amount"))
        << Text(row, "loan_id");
    EXPECT_GE(Cents(row, "ending_principal"), 0);
    EXPECT_LE(Cents(row, "prepaid_principal"), Cents(row, "principal_paid"));
  });
}

TEST_F(LoanTape, BeginsWhereTheLastMonthEnded) {
  ForEveryStep([](const CsvRow& before, const CsvRow& row) {
    EXPECT_EQ(Cents(before, "ending_principal"), Cents(row, "beginning_principal"))
        << Text(row, "loan_id");
    EXPECT_EQ(Cents(row, "cumulative_recoveries"),
              Cents(before, "cumulative_recoveries") + Cents(row, "recoveries"));
  });
}

TEST_F(LoanTape, ZeroRateLoansExistAndPayNoInterest) {
  int free_loans = 0;
  ForEveryRow([&](const CsvRow& row) {
    if (Text(row, "apr") != "0.0000") return;
    ++free_loans;
    EXPECT_EQ(Cents(row, "interest_paid"), 0);
    EXPECT_EQ(Cents(row, "interest_accrued"), 0);
  });
  EXPECT_GT(free_loans, 1000);
}

TEST_F(LoanTape, StatusesSayWhatTheFiguresSay) {
  const std::set<std::string> ended = {"PAID_OFF", "CHARGED_OFF", "CANCELLED", "REFUNDED",
                                       "REPURCHASED"};
  std::set<std::string> seen;
  ForEveryRow([&](const CsvRow& row) {
    const std::string& status = Text(row, "loan_status");
    seen.insert(status);
    EXPECT_EQ(Text(row, "charge_off_date").empty(), status != "CHARGED_OFF");
    EXPECT_EQ(Text(row, "charge_off_reason").empty() || status == "BANKRUPTCY",
              status != "CHARGED_OFF");
    EXPECT_EQ(ended.contains(status), Cents(row, "ending_principal") == 0) << Text(row, "loan_id");
    if (status == "PAID_OFF") {
      EXPECT_EQ(Cents(row, "charged_off_principal"), 0);
    }
    if (status == "DELINQUENT") {
      EXPECT_NE(Text(row, "days_past_due"), "0");
    }
    if (status == "CURRENT") {
      EXPECT_EQ(Text(row, "days_past_due"), "0");
    }
  });
  EXPECT_THAT(
      seen, ::testing::IsSupersetOf({"CURRENT", "DELINQUENT", "PAID_OFF", "CHARGED_OFF", "REFUNDED",
                                     "CANCELLED", "REPURCHASED", "BANKRUPTCY"}));
}

TEST_F(LoanTape, DatesAreInTheirOrder) {
  ForEveryRow([](const CsvRow& row) {
    EXPECT_LE(Text(row, "origination_date"), Text(row, "first_payment_date"));
    EXPECT_LE(Text(row, "first_payment_date"), Text(row, "maturity_date"));
    EXPECT_LE(Text(row, "origination_date"), Text(row, "purchase_date"));
    EXPECT_LE(Text(row, "purchase_date"), Text(row, "as_of_date"));
    EXPECT_LE(Text(row, "last_payment_date"), Text(row, "as_of_date"));
    EXPECT_LE(Text(row, "charge_off_date"), Text(row, "as_of_date"));
  });
}

TEST_F(LoanTape, DelinquenciesRollAndEndInChargeOffs) {
  std::map<std::string, int> buckets;
  ForEveryStep([&](const CsvRow& before, const CsvRow& row) {
    ++buckets[Text(before, "delinquency_bucket") + " to " + Text(row, "delinquency_bucket")];
    const int grown =
        std::stoi(Text(row, "days_past_due")) - std::stoi(Text(before, "days_past_due"));
    EXPECT_LE(grown, 31) << Text(row, "loan_id");
    if (Text(row, "loan_status") != "CHARGED_OFF") {
      EXPECT_LT(std::stoi(Text(row, "days_past_due")), 120);
    }
  });
  for (const char* roll : {"CURRENT to 1-29", "1-29 to 30-59", "30-59 to 60-89", "60-89 to 90-119",
                           "90-119 to 120+", "30-59 to CURRENT"}) {
    EXPECT_GT(buckets[roll], 0) << roll;
  }
}

TEST_F(LoanTape, ChargedOffLoansRecoverAndRefundsAreNoPrepayments) {
  int64_t recovered = 0, refunded = 0;
  ForEveryRow([&](const CsvRow& row) {
    if (Cents(row, "recoveries") > 0) {
      EXPECT_EQ(Text(row, "loan_status"), "CHARGED_OFF");
    }
    if (Text(row, "loan_status") == "REFUNDED") {
      EXPECT_EQ(Cents(row, "prepaid_principal"), 0);
    }
    recovered += Cents(row, "recoveries");
    refunded += Cents(row, "refund_amount");
  });
  EXPECT_GT(recovered, 0);
  EXPECT_GT(refunded, 0);
}

TEST_F(LoanTape, StaticColumnsNeverChange) {
  ForEveryStep([](const CsvRow& before, const CsvRow& row) {
    for (const char* column : {"pool_id",
                               "originator",
                               "merchant_id",
                               "merchant_category",
                               "product_type",
                               "origination_date",
                               "first_payment_date",
                               "maturity_date",
                               "purchase_date",
                               "state",
                               "zip3",
                               "original_principal",
                               "apr",
                               "note_rate",
                               "mdr_fee",
                               "term_months",
                               "payment_frequency",
                               "monthly_payment",
                               "fico_at_orig",
                               "itacs_score",
                               "affirm_grade",
                               "repeat_customer"}) {
      EXPECT_EQ(Text(before, column), Text(row, column)) << Text(row, "loan_id") << " " << column;
    }
  });
}

TEST_F(LoanTape, LoansLeaveOnlyAfterTheyEnded) {
  size_t left = 0;
  for (const auto& [id, row] : tapes_[0]) {
    if (tapes_[1].contains(id)) continue;
    ++left;
    EXPECT_EQ(Cents(row, "ending_principal"), 0) << id;
  }
  EXPECT_GT(left, 0u);
}

TEST_F(LoanTape, TransactionsAddUpToTheTape) {
  std::string text;
  StringOutput output(text);
  WriteTransactions(LoanPool(1, kLoans), FirstOfMonth(kMonthEnds[1]), kMonthEnds[1], output);
  std::map<std::string, std::map<std::string, int64_t>> sums;
  std::set<std::string> types, ids;
  for (const CsvRow& row : CsvRows(text)) {
    types.insert(Text(row, "type"));
    EXPECT_TRUE(ids.insert(Text(row, "transaction_id")).second);
    auto& of_loan = sums[Text(row, "loan_id")];
    of_loan[Text(row, "type") + " principal"] += Cents(row, "principal");
    of_loan["interest"] += Cents(row, "interest");
    of_loan["fee"] += Cents(row, "fee");
    if (Text(row, "type") == "RECOVERY") of_loan["recovered"] += Cents(row, "amount");
  }
  EXPECT_EQ(types.size(), 8u);
  for (const auto& [id, row] : tapes_[1]) {
    auto& of_loan = sums[id];
    EXPECT_EQ(of_loan["PAYMENT principal"] + of_loan["REVERSAL principal"] +
                  of_loan["ADJUSTMENT principal"],
              Cents(row, "principal_paid"))
        << id;
    EXPECT_EQ(of_loan["REFUND principal"], Cents(row, "refund_amount")) << id;
    EXPECT_EQ(of_loan["CHARGEOFF principal"], Cents(row, "charged_off_principal")) << id;
    EXPECT_EQ(of_loan["interest"], Cents(row, "interest_paid")) << id;
    EXPECT_EQ(of_loan["fee"], Cents(row, "fees_paid")) << id;
    EXPECT_EQ(of_loan["recovered"], Cents(row, "recoveries")) << id;
  }
}

TEST_F(LoanTape, DailyTapesAgreeWithTheMonthly) {
  const Tape day = TapeOf(kMonthEnds[2] - std::chrono::days(9));
  for (const auto& [id, row] : day) {
    const auto month = tapes_[2].find(id);
    ASSERT_NE(month, tapes_[2].end()) << id;
    EXPECT_EQ(Cents(row, "beginning_principal"), Cents(month->second, "beginning_principal")) << id;
    EXPECT_LE(
        std::stoi(Text(month->second, "days_past_due")) - std::stoi(Text(row, "days_past_due")), 9)
        << id;
  }
}

TEST_F(LoanTape, ComesInTheSizeThatWasAskedFor) {
  constexpr double kWanted = 5e6;
  const auto loans = LoansForBytes(3, kMonthEnds[2], static_cast<uint64_t>(kWanted));
  const auto bytes = static_cast<double>(TapeText(3, loans, kMonthEnds[2]).size());
  EXPECT_NEAR(bytes / kWanted, 1, 0.05);
}

}  // namespace
}  // namespace octo::sample
