#include "loan.h"

#include <algorithm>
#include <cmath>

#include "random.h"

namespace octo::sample {
namespace {

constexpr std::array<std::string_view, 3> kOriginators = {"Cross River Bank", "Celtic Bank",
                                                          "Lead Bank"};
constexpr std::array<std::string_view, 8> kCategories = {
    "Electronics",       "Home, Furniture & Appliances",
    "Fashion",           "Travel",
    "Sporting Goods",    "Auto Parts",
    "Health and Beauty", "General Merchandise"};
constexpr std::array<std::string_view, 24> kStates = {
    "CA", "TX", "FL", "NY", "PA", "IL", "OH", "GA", "NC", "MI", "NJ", "VA",
    "WA", "AZ", "MA", "TN", "IN", "MO", "MD", "WI", "CO", "MN", "SC", "AL"};
constexpr std::array<uint32_t, 24> kFirstZip = {900, 750, 320, 100, 150, 600, 430, 300,
                                                270, 480, 70,  220, 980, 850, 10,  370,
                                                460, 630, 206, 530, 800, 550, 290, 350};
constexpr std::array<int, 8> kTerms = {3, 6, 6, 12, 12, 18, 24, 36};
constexpr std::array<int, 4> kLongTerms = {36, 48, 60, 24};
// By grade; 0 % loans are drawn apart.
constexpr std::array<std::array<uint32_t, 3>, 5> kAprs = {{{999, 1199, 1499},
                                                           {1499, 1599, 1799},
                                                           {1999, 2199, 2399},
                                                           {2599, 2799, 2999},
                                                           {2999, 3399, 3599}}};

// A permutation of 40-bit numbers: an odd factor and a shifted xor can both be undone, so ids never
// repeat.
LoanId IdOf(uint64_t seed, uint64_t index) {
  constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  constexpr uint64_t kMask = (uint64_t{1} << 40) - 1;
  uint64_t value = (index + (Mix(seed) & kMask)) & kMask;
  for (const uint64_t factor : {0x9e3779b97full, 0xc2b2ae3d27ull}) {
    value = (value * factor) & kMask;
    value ^= value >> 21;
  }
  LoanId id{};
  for (size_t at = 0; at < id.size(); ++at) {
    if (at == 4) {
      id[at] = '-';
      continue;
    }
    id[at] = kLetters[value & 31];
    value >>= 5;
  }
  return id;
}

// P r / (1 - (1 + r)^-n); only multiplication and division, which are the same on every machine.
int64_t LevelPayment(int64_t principal_cents, uint32_t apr, int installments) {
  const auto principal = static_cast<double>(principal_cents);
  if (apr == 0) return (principal_cents + installments - 1) / installments;
  const double rate = apr / 120000.0;
  double growth = 1;
  double power = 1 + rate;
  for (int rest = installments; rest > 0; rest /= 2, power *= power) {
    if (rest % 2 == 1) growth *= power;
  }
  return std::llround(principal * rate * growth / (growth - 1));
}

void DrawBorrower(Random& random, Loan& loan) {
  const size_t state = random.Below(kStates.size());
  loan.state = kStates[state];
  loan.zip3 = kFirstZip[state] + random.Below(5);
  const uint32_t quality = random.Below(100);
  const int grade = quality < 30 ? 0 : quality < 58 ? 1 : quality < 80 ? 2 : quality < 94 ? 3 : 4;
  loan.grade = static_cast<char>('A' + grade);
  if (!random.Chance(40'000)) {
    loan.fico = std::clamp(790 - 45 * grade + random.Between(-35, 35), 450, 850);
  }
  if (!random.Chance(15'000))
    loan.itacs = std::clamp(92 - 12 * grade + random.Between(-6, 6), 0, 100);
  loan.repeat_customer = random.Chance(550'000);
}

void DrawProduct(Random& random, Loan& loan) {
  const uint32_t kind = random.Below(100);
  const auto& aprs = kAprs[static_cast<size_t>(loan.grade - 'A')];
  if (kind < 18) {
    loan.product = Product::kPayIn4;
    loan.frequency = Frequency::kBiweekly;
    loan.term_months = 2;
    loan.installments = 4;
    loan.principal_cents = random.Between(5'000, 40'000);
  } else if (kind < 30) {
    loan.product = Product::kCard;
    loan.term_months = random.Chance(300'000) ? 1 : random.OneOf(kTerms);
    loan.principal_cents = random.Between(8'000, 120'000);
    loan.apr = random.OneOf(aprs);
  } else {
    const bool large = random.Chance(25'000);
    loan.term_months = large ? random.OneOf(kLongTerms) : random.OneOf(kTerms);
    loan.principal_cents =
        large ? random.Between(200'000, 1'750'000) : random.Between(8'000, 110'000);
    loan.apr = random.Chance(220'000) ? 0 : random.OneOf(aprs);
  }
  if (loan.frequency == Frequency::kMonthly) loan.installments = loan.term_months;
  loan.payment_cents = LevelPayment(loan.principal_cents, loan.apr, loan.installments);
}

}  // namespace

std::string_view Name(Product product) {
  constexpr std::array<std::string_view, 3> kNames = {"PAY_IN_4", "INSTALLMENT", "CARD"};
  return kNames[static_cast<size_t>(product)];
}

std::string_view Name(Frequency frequency) {
  return frequency == Frequency::kBiweekly ? "BIWEEKLY" : "MONTHLY";
}

LoanPool::LoanPool(uint64_t seed, uint64_t loans_in_two_years)
    : seed_(seed), loans_in_two_years_(std::max<uint64_t>(loans_in_two_years, 1)) {}

uint64_t LoanPool::OriginatedBy(Date date) const {
  const auto days = (date - kPoolStart).count();
  return days < 0 ? 0 : static_cast<uint64_t>(days + 1) * loans_in_two_years_ / 730;
}

Loan LoanPool::At(uint64_t index) const {
  Random random(seed_, index);
  Loan loan;
  loan.index = index;
  loan.id = IdOf(seed_, index);
  // The first day d with OriginatedBy(d) > index.
  loan.origination =
      kPoolStart +
      std::chrono::days((730 * (index + 1) + loans_in_two_years_ - 1) / loans_in_two_years_ - 1);
  loan.origination_day = loan.origination;
  loan.purchase = loan.origination + std::chrono::days(random.Between(2, 5));
  loan.pool = 1 + random.Below(4);
  loan.originator = random.OneOf(kOriginators);
  // Few merchants sell much: the square of an even draw.
  const uint64_t rank = random.Below(2048);
  loan.merchant = static_cast<uint32_t>(rank * rank / 2048);
  loan.merchant_category = kCategories[loan.merchant % kCategories.size()];
  DrawBorrower(random, loan);
  DrawProduct(random, loan);
  loan.mdr_fee_cents = loan.principal_cents *
                       random.Between(loan.apr == 0 ? 500 : 150, loan.apr == 0 ? 1100 : 450) /
                       10000;
  loan.first_payment = loan.frequency == Frequency::kBiweekly
                           ? loan.origination + std::chrono::days(14)
                           : AddMonths(loan.origination_day, 1);
  loan.maturity = DueDate(loan, loan.installments - 1);
  return loan;
}

int64_t InstallmentInterest(const Loan& loan, int64_t balance_cents) {
  constexpr int64_t kPeriodsOfRate = 120000;  // twelve months of hundredths of a percent
  return (balance_cents * loan.apr + kPeriodsOfRate / 2) / kPeriodsOfRate;
}

Date DueDate(const Loan& loan, int number) {
  if (loan.frequency == Frequency::kBiweekly)
    return loan.first_payment + std::chrono::days(14 * number);
  return AddMonths(loan.origination_day, number + 1);
}

}  // namespace octo::sample
