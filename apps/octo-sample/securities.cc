#include "securities.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "check_digits.h"

namespace octo::sample {
namespace {

struct Exchange {
  std::string_view code, currency, country;
  bool numbers;  // tickers are digits there
};

constexpr std::array<Exchange, 8> kExchanges = {{{"US", "USD", "US", false},
                                                 {"US", "USD", "US", false},
                                                 {"US", "USD", "US", false},
                                                 {"LN", "GBp", "GB", false},
                                                 {"GR", "EUR", "DE", false},
                                                 {"JP", "JPY", "JP", true},
                                                 {"HK", "HKD", "HK", true},
                                                 {"CN", "CAD", "CA", false}}};
constexpr std::array<std::string_view, 12> kWords = {"NORTH", "HARBOR", "PINE",    "SUMMIT",
                                                     "DELTA", "ORION",  "GRANITE", "RIVER",
                                                     "CEDAR", "ATLAS",  "BEACON",  "PRAIRIE"};
constexpr std::array<std::string_view, 8> kTrades = {"FOODS", "ENERGY", "BANCORP", "SYSTEMS",
                                                     "RAIL",  "PHARMA", "RETAIL",  "HOLDINGS"};
constexpr std::array<std::string_view, 4> kForms = {"INC", "CORP", "PLC", "CO/THE"};
constexpr std::array<std::string_view, 6> kCurrencies = {"EUR", "GBP", "JPY", "CHF", "CAD", "AUD"};

std::string Draw(Random& random, std::string_view letters, size_t count) {
  std::string text;
  while (text.size() < count) text += random.OneOf(letters);
  return text;
}

constexpr std::string_view kConsonants = "BCDFGHJKLMNPQRSTVWXYZ";
constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
constexpr std::string_view kDigits = "0123456789";

// "BBG" and eight characters that no other index has: 21^5 is 3^5 7^5, so the factor permutes.
std::string FigiBody(uint64_t index) {
  constexpr uint64_t kWords5 = uint64_t{21} * 21 * 21 * 21 * 21;
  std::string body = fmt::format("BBG{:03}", index / kWords5 % 1000);
  uint64_t rest = index % kWords5 * 1'234'567 % kWords5;
  for (int letter = 0; letter < 5; ++letter, rest /= 21) body += kConsonants[rest % 21];
  return body;
}

void MakeEquity(Random& random, Security& security) {
  const Exchange& exchange = random.OneOf(kExchanges);
  if (exchange.numbers) {
    security.ticker = std::to_string(random.Between(1, 9)) + Draw(random, kDigits, 3);
  } else {
    security.ticker = Draw(random, kLetters, static_cast<size_t>(random.Between(2, 4)));
    if (random.Chance(50'000)) security.ticker += "/B";
  }
  security.exchange = exchange.code;
  security.currency = exchange.currency;
  security.name = fmt::format("{} {} Equity", security.ticker, exchange.code);
  security.isin = WithIsinDigit(fmt::format("{}{}", exchange.country, Draw(random, kDigits, 9)));
}

void MakeBond(Random& random, Security& security) {
  const bool government = security.sector == Sector::kGovt;
  security.ticker = government ? "T" : Draw(random, kLetters, 3);
  security.coupon_basis_points = 25 * random.Between(4, 36);
  security.maturity = Date(std::chrono::year(2027 + random.Between(0, 20)) /
                           std::chrono::month(1 + random.Below(12)) / 15);
  security.callable = !government && random.Chance(400'000);
  std::string coupon = fmt::format("{}.{:02}", security.coupon_basis_points / 100,
                                   security.coupon_basis_points % 100);
  coupon.erase(coupon.find_last_not_of('0') + 1);
  if (coupon.back() == '.') coupon.pop_back();
  const std::string maturity = SlashDate(security.maturity);
  // Whole coupons stand in a column made for fractions, which leaves two blanks.
  security.name =
      fmt::format("{} {} {}{}/{} {}", security.ticker, coupon, coupon.size() == 1 ? " " : "",
                  maturity.substr(0, 5), maturity.substr(8), Name(security.sector));
}

void MakeOther(Random& random, Security& security) {
  if (security.sector == Sector::kCurncy) {
    security.ticker = fmt::format("{}USD", random.OneOf(kCurrencies));
    security.name = fmt::format("{} {}M BGN Curncy", security.ticker, random.Between(1, 24));
    return;
  }
  security.ticker = Draw(random, kConsonants, static_cast<size_t>(random.Between(3, 6)));
  security.name = security.ticker + " Index";
}

}  // namespace

std::string_view Name(Sector sector) {
  constexpr std::array<std::string_view, 5> kNames = {"Equity", "Corp", "Govt", "Index", "Curncy"};
  return kNames[static_cast<size_t>(sector)];
}

Security MakeSecurity(uint64_t seed, uint64_t index) {
  Random random(seed, index, 2);
  Security security;
  security.index = index;
  security.currency = "USD";
  const uint32_t kind = random.Below(100);
  security.sector = kind < 60   ? Sector::kEquity
                    : kind < 82 ? Sector::kCorp
                    : kind < 88 ? Sector::kGovt
                    : kind < 95 ? Sector::kIndex
                                : Sector::kCurncy;
  security.company = 100'000 + random.Below(900'000);
  security.long_name =
      fmt::format("{} {} {}", random.OneOf(kWords), random.OneOf(kTrades), random.OneOf(kForms));
  security.figi = WithFigiDigit(FigiBody(2 * index));
  security.company_figi = WithFigiDigit(FigiBody(2 * index + 1));
  security.cusip = WithCusipDigit(Draw(random, kDigits, 3) + Draw(random, kLetters, 3) +
                                  Draw(random, kDigits, 2));
  security.isin = WithIsinDigit("US" + security.cusip);
  security.unique_id = fmt::format("EQ00{:012}", 10'000'000 + index);
  switch (security.sector) {
    case Sector::kEquity:
      MakeEquity(random, security);
      break;
    case Sector::kCorp:
    case Sector::kGovt:
      MakeBond(random, security);
      break;
    case Sector::kIndex:
    case Sector::kCurncy:
      MakeOther(random, security);
      break;
  }
  return security;
}

PriceWalk::PriceWalk(uint64_t seed, const Security& security)
    : random_(seed, security.index, 3),
      price_(security.sector == Sector::kCurncy ? 10'000 + random_.Between(-9'000, 9'000)
             : security.coupon_basis_points > 0 ? 1'000'000 + random_.Between(-80'000, 60'000)
                                                : random_.Between(30'000, 4'000'000)),
      swing_(security.sector == Sector::kEquity ? random_.Between(10'000, 30'000) : 4'000) {}

int64_t PriceWalk::AdvanceTo(Date date) {
  for (; date_ < date; date_ += std::chrono::days(1)) {
    if (!IsWeekday(date_ + std::chrono::days(1))) continue;
    // The sum of three even draws looks enough like a bell.
    const int move = (random_.Between(-swing_, swing_) + random_.Between(-swing_, swing_) +
                      random_.Between(-swing_, swing_)) /
                     3;
    price_ = std::max<int64_t>(price_ + price_ * move / 1'000'000, 100);
    volume_ = random_.Between(1'000, 90'000) * int64_t{random_.Between(1, 900)};
  }
  return price_;
}

}  // namespace octo::sample
