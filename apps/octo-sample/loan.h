#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "calendar.h"

namespace octo::sample {

enum class Product : uint8_t { kPayIn4, kInstallment, kCard };
enum class Frequency : uint8_t { kBiweekly, kMonthly };

std::string_view Name(Product product);
std::string_view Name(Frequency frequency);

// "ABCD-EFGH", letters and digits without those that look alike.
using LoanId = std::array<char, 9>;

// What a loan is from its first day on; it never changes from tape to tape. Money is in cents,
// rates in hundredths of a percent (1599 = 15.99 % = 0.1599).
struct Loan {
  uint64_t index = 0;
  LoanId id{};
  uint32_t pool = 0;
  std::string_view originator;
  uint32_t merchant = 0;
  std::string_view merchant_category;  // may hold a comma and blanks
  Product product = Product::kInstallment;
  Frequency frequency = Frequency::kMonthly;
  Date origination, first_payment, maturity, purchase;
  std::chrono::year_month_day origination_day;  // the same day as origination, taken apart
  std::string_view state;
  uint32_t zip3 = 0;
  int64_t principal_cents = 0;
  int64_t mdr_fee_cents = 0;  // what the merchant paid for the loan
  int64_t payment_cents = 0;  // each installment but the last
  uint32_t apr = 0;
  int term_months = 1;
  int installments = 1;
  std::optional<int> fico;
  std::optional<int> itacs;
  char grade = 'A';
  bool repeat_customer = false;
};

// A revolving pool: loan 0 was originated on kPoolStart, and `loans_in_two_years` follow in the
// first 730 days and at the same pace for ever. A loan is a pure function of the pool's seed and
// its index, so any as-of date of any size can be made in constant memory, and two tapes of one
// pool agree.
class LoanPool {
 public:
  static constexpr Date kPoolStart = Date(std::chrono::year(2024) / 1 / 1);

  LoanPool(uint64_t seed, uint64_t loans_in_two_years);

  uint64_t Seed() const { return seed_; }
  // Loans originated on or before `date`: their indices are below this.
  uint64_t OriginatedBy(Date date) const;
  Loan At(uint64_t index) const;

 private:
  uint64_t seed_;
  uint64_t loans_in_two_years_;
};

// Interest of one installment on `balance_cents`, to the cent.
int64_t InstallmentInterest(const Loan& loan, int64_t balance_cents);
// The due date of installment `number` (from 0), when nothing was deferred.
Date DueDate(const Loan& loan, int number);

}  // namespace octo::sample
