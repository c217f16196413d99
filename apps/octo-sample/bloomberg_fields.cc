#include "bloomberg_fields.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace octo::sample {
namespace {

constexpr std::array<Field, 30> kFields = {{
    {"TICKER", "Descriptive Info", "Character", 24, "ECGIX"},
    {"NAME", "Descriptive Info", "Character", 30, "ECGIX"},
    {"EXCH_CODE", "Descriptive Info", "Character", 4, "E"},
    {"CRNCY", "Descriptive Info", "Character", 4, "ECGIX"},
    {"MARKET_SECTOR_DES", "Descriptive Info", "Character", 12, "ECGIX"},
    {"SECURITY_TYP", "Descriptive Info", "Character", 28, "ECGIX"},
    {"ID_BB_GLOBAL", "Security Identifiers", "Character", 12, "ECGIX"},
    {"ID_BB_UNIQUE", "Security Identifiers", "Character", 30, "ECGIX"},
    {"ID_BB_COMPANY", "Security Identifiers", "Integer", 10, "EC"},
    {"ID_BB_SEC_NUM_DES", "Security Identifiers", "Character", 40, "ECGIX"},
    {"ID_ISIN", "Security Identifiers", "Character", 12, "ECG"},
    {"ID_CUSIP", "Security Identifiers", "Character", 9, "ECG"},
    {"FEED_SOURCE", "Security Identifiers", "Character", 6, "ECGIX"},
    {"PX_LAST", "Market Activity", "Price", 18, "ECGIX"},
    {"PX_BID", "Market Activity", "Price", 18, "ECGIX"},
    {"PX_ASK", "Market Activity", "Price", 18, "ECGIX"},
    {"PX_VOLUME", "Market Activity", "Integer/Real", 20, "E"},
    {"CHG_PCT_1D", "Market Activity", "Real", 18, "ECGIX"},
    {"LAST_UPDATE_DT", "Market Activity", "Date", 10, "ECGIX"},
    {"LAST_TRADE_TIME", "Market Activity", "Time", 8, "EI"},
    {"LAST_UPDATE", "Market Activity", "Date or Time", 10, "ECGIX"},
    {"CUR_MKT_CAP", "Fundamentals", "Real", 22, "E"},
    {"EQY_DVD_YLD_IND", "Fundamentals", "Real", 14, "E"},
    {"LATEST_PERIOD_END_MTH", "Fundamentals", "Month/Year", 7, "E"},
    {"DVD_HIST_ALL", "Corporate Actions", "Bulk Format", 200, "E"},
    {"MATURITY", "Bonds", "Date", 10, "CG"},
    {"CPN", "Bonds", "Real", 14, "CG"},
    {"CALLABLE", "Bonds", "Boolean", 1, "CG"},
    {"CALL_SCHEDULE", "Bonds", "Bulk Format", 200, "CG"},
    {"INDX_MEMBERS", "Index", "Bulk Format", 200, "I"},
}};

char LetterOf(Sector sector) { return sector == Sector::kCurncy ? 'X' : Name(sector).front(); }

// The first character of a bulk value is its delimiter, and it ends with it.
std::string CallSchedule(const Security& bond, Random& random) {
  const int rows = random.Chance(100'000) ? 0 : random.Between(1, 8);
  std::string text = fmt::format(";2;{};2;", rows);
  if (rows == 0) return ";2;0;";
  for (int row = 0; row < rows; ++row) {
    const Date date = AddMonths(bond.maturity, 12 * (row - rows));
    text +=
        fmt::format("5;{};3;{};", CompactDate(date), RealText(1'000'000 + 5'000 * (rows - row)));
  }
  return text;
}

std::string DividendHistory(const Quote& quote, Random& random) {
  const int rows = random.Between(0, 6);
  if (rows == 0) return ";2;0;";
  std::string text = fmt::format(";2;{};4;", rows);
  const int64_t amount = quote.price / 200;
  for (int row = 0; row < rows; ++row) {
    const Date declared = AddMonths(quote.date, -3 * row - 2);
    text += fmt::format("5;{};5;{};2;{};1;Regular Cash;", CompactDate(declared),
                        CompactDate(declared + std::chrono::days(14)), RealText(amount));
  }
  return text;
}

std::string Members(Random& random) {
  const int rows = random.Between(10, 60);
  std::string text = fmt::format(";1;{};", rows);
  for (int row = 0; row < rows; ++row) {
    text += fmt::format("1;{:04} HK Equity;", random.Between(1, 9999));
  }
  return text;
}

std::string TimeText(Random& random) {
  return fmt::format("{:02}:{:02}:{:02}", random.Between(9, 16), random.Between(0, 59),
                     random.Between(0, 59));
}

std::string Identifier(std::string_view mnemonic, const Security& security) {
  if (mnemonic == "ID_BB_GLOBAL") return security.figi;
  if (mnemonic == "ID_BB_UNIQUE") return security.unique_id;
  if (mnemonic == "ID_BB_COMPANY") return std::to_string(security.company);
  if (mnemonic == "ID_BB_SEC_NUM_DES") return security.ticker;
  if (mnemonic == "ID_ISIN") return security.isin;
  if (mnemonic == "ID_CUSIP") return security.cusip;
  return {};
}

std::string Description(std::string_view mnemonic, const Security& security) {
  if (mnemonic == "TICKER") return security.ticker;
  if (mnemonic == "NAME") return security.long_name;
  if (mnemonic == "EXCH_CODE" || mnemonic == "FEED_SOURCE")
    return security.exchange.empty() ? "US" : security.exchange;
  if (mnemonic == "CRNCY") return security.currency;
  if (mnemonic == "MARKET_SECTOR_DES") return std::string(Name(security.sector));
  if (mnemonic == "SECURITY_TYP")
    return security.sector == Sector::kEquity ? "Common Stock" : "GLOBAL";
  return {};
}

std::string Market(std::string_view mnemonic, const Quote& quote, Random& random) {
  const int64_t spread = std::max<int64_t>(quote.price / 4000, 1);
  if (mnemonic == "PX_LAST") return RealText(quote.price);
  if (mnemonic == "PX_BID") return RealText(quote.price - spread);
  if (mnemonic == "PX_ASK") return RealText(quote.price + spread);
  if (mnemonic == "PX_VOLUME") return std::to_string(quote.volume);
  if (mnemonic == "CHG_PCT_1D") return RealText(random.Between(-30'000, 30'000));
  if (mnemonic == "LAST_UPDATE_DT") return CompactDate(quote.date);
  if (mnemonic == "LAST_TRADE_TIME") return TimeText(random);
  if (mnemonic == "LAST_UPDATE")
    return random.Chance(500'000) ? TimeText(random) : CompactDate(quote.date);
  if (mnemonic == "CUR_MKT_CAP")
    return RealText(quote.price * 1'000'000 + random.Between(0, 9'999));
  if (mnemonic == "EQY_DVD_YLD_IND") return RealText(random.Between(1'000, 60'000));
  if (mnemonic == "LATEST_PERIOD_END_MTH") return fmt::format("{:02}/2026", random.Between(1, 3));
  return {};
}

std::string Bond(std::string_view mnemonic, const Security& bond, Random& random) {
  if (mnemonic == "MATURITY") return CompactDate(bond.maturity);
  if (mnemonic == "CPN") return RealText(int64_t{bond.coupon_basis_points} * 100);
  if (mnemonic == "CALLABLE") return bond.callable ? "Y" : "N";
  if (mnemonic == "CALL_SCHEDULE") return bond.callable ? CallSchedule(bond, random) : " ";
  return {};
}

}  // namespace

std::span<const Field> Fields() { return kFields; }

void WriteFieldsCsv(Output& output) {
  constexpr std::array<std::string_view, 10> kKeys = {
      "Comdty", "Equity", "Muni", "Pfd", "M-Mkt", "Govt", "Corp", "Index", "Curncy", "Mtge"};
  std::string text = "Field Mnemonic,Data License Category";
  for (const std::string_view key : kKeys) text += fmt::format(",{}", key);
  text += ",Field Type,Standard Width\n";
  for (const Field& field : kFields) {
    text += fmt::format("{},{}", field.mnemonic, field.category);
    for (const std::string_view key : kKeys) {
      bool has = false;
      for (const Sector sector :
           {Sector::kEquity, Sector::kCorp, Sector::kGovt, Sector::kIndex, Sector::kCurncy}) {
        has |=
            Name(sector) == key && field.sectors.find(LetterOf(sector)) != std::string_view::npos;
      }
      text += has ? ",X" : ",";
    }
    text += fmt::format(",{},{}\n", field.type, field.width);
  }
  output.Write(text);
}

std::string FieldText(std::string_view mnemonic, const Quote& quote, Random& random) {
  const auto field = std::find_if(kFields.begin(), kFields.end(), [mnemonic](const Field& known) {
    return known.mnemonic == mnemonic;
  });
  if (field == kFields.end()) return "FLD UNKNOWN";
  if (field->sectors.find(LetterOf(quote.security.sector)) == std::string_view::npos) return "N.A.";
  const bool identifies = field->category == "Security Identifiers";
  if (!identifies && random.Chance(30'000)) {
    constexpr std::array<std::string_view, 4> kMissing = {" ", "N.A.", "N.S.", "N.D."};
    return std::string(random.OneOf(kMissing));
  }
  if (mnemonic == "DVD_HIST_ALL") return DividendHistory(quote, random);
  if (mnemonic == "INDX_MEMBERS") return Members(random);
  for (std::string text :
       {Identifier(mnemonic, quote.security), Description(mnemonic, quote.security),
        Market(mnemonic, quote, random)}) {
    if (!text.empty()) return text;
  }
  return Bond(mnemonic, quote.security, random);
}

std::string RealText(int64_t value) {
  const int64_t size = value < 0 ? -value : value;
  const std::string whole = size >= 10'000 ? std::to_string(size / 10'000) : "";
  return fmt::format("{}{}.{:04}00", value < 0 ? "-" : "", whole, size % 10'000);
}

}  // namespace octo::sample
