#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "calendar.h"
#include "random.h"

namespace octo::sample {

// The yellow keys that occur in the samples.
enum class Sector : uint8_t { kEquity, kCorp, kGovt, kIndex, kCurncy };

std::string_view Name(Sector sector);  // "Equity"

// A made-up security. Pure function of seed and index. Names hold what real ones do: double blanks,
// '/', digits.
struct Security {
  uint64_t index = 0;
  Sector sector = Sector::kEquity;
  std::string name;  // "4062 JP Equity"
  std::string ticker;
  std::string exchange;  // "JP"; empty but for equities
  std::string long_name;
  std::string currency;
  std::string figi, company_figi, isin, cusip;
  std::string unique_id;  // ID_BB_UNIQUE
  uint32_t company = 0;
  Date maturity;  // of bonds
  int coupon_basis_points = 0;
  bool callable = false;
};

Security MakeSecurity(uint64_t seed, uint64_t index);

// The closing price of a security, weekday by weekday from kStart on: the same price for the same
// day in every file. Units: 1/10,000 of the currency.
class PriceWalk {
 public:
  static constexpr Date kStart = Date(std::chrono::year(2024) / 1 / 1);

  PriceWalk(uint64_t seed, const Security& security);

  // To the last weekday on or before `date`; never backwards. Returns the price.
  int64_t AdvanceTo(Date date);
  // Traded that day.
  int64_t Volume() const { return volume_; }

 private:
  Random random_;
  Date date_ = kStart;
  int64_t price_;
  int64_t volume_ = 0;
  int swing_;  // the largest daily move, in millionths
};

}  // namespace octo::sample
