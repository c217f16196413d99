#include <fmt/core.h>

#include <array>

#include "bloomberg_reply.h"

namespace octo::sample {
namespace {

// What follows the 21 fixed values: the count, then keys and values.
std::string Details(std::string_view mnemonic, Date effective, Random& random) {
  if (mnemonic == "DVD_CASH") {
    return fmt::format(
        "5|CP_RECORD_DT|{}|CP_PAY_DT|{}|CP_GROSS_AMT|{}|CP_NET_AMT|N.A.|DVD_TYP|1000|",
        CompactDate(effective + std::chrono::days(1)),
        CompactDate(effective + std::chrono::days(21)), RealText(random.Between(500, 30'000)));
  }
  if (mnemonic == "STOCK_SPLT") {
    return fmt::format("3|CP_RATIO|{}|CP_ADJ|{}|CP_INDICATOR|N|",
                       RealText(int64_t{random.Between(2, 10)} * 10'000),
                       RealText(int64_t{random.Between(2, 10)} * 10'000));
  }
  return "2|CP_OLD_NAME|FORMER NAME|CP_NEW_NAME|NEWER NAME|";
}

std::string ActionRow(const Security& security, Date run, int number, Random& random) {
  constexpr std::array<std::string_view, 4> kMnemonics = {"DVD_CASH", "DVD_CASH", "STOCK_SPLT",
                                                          "CHG_NAME"};
  constexpr std::array<std::string_view, 4> kFlags = {"N", "N", "U", "D"};
  const std::string_view mnemonic = random.OneOf(kMnemonics);
  const Date announced = run - std::chrono::days(random.Between(0, 5));
  const Date effective = run + std::chrono::days(random.Between(3, 40));
  const std::string_view flag = random.OneOf(kFlags);
  std::string row = fmt::format("{}|{}|{}|0|{}|{}|{}|{}|ISIN|{}|{}|{}|{}|", security.name,
                                security.company, security.index + 1000,
                                200'000'000 + security.index * 10 + static_cast<uint64_t>(number),
                                mnemonic, flag, security.long_name, security.isin,
                                security.currency, Name(security.sector), security.unique_id);
  row += fmt::format("{}|{}|{}|{}|{}|{}|{}|", CompactDate(announced), CompactDate(effective),
                     flag == "U" ? CompactDate(run) : "N.A.", security.figi, security.company_figi,
                     security.ticker, security.exchange.empty() ? "US" : security.exchange);
  return row + Details(mnemonic, effective, random);
}

}  // namespace

void WriteActions(const ReplyOptions& options, ReplyEnvelope& envelope) {
  envelope.Begin("getactions", {{"FIRMNAME", "dl123456"},
                                {"DATEFORMAT", "yyyymmdd"},
                                {"ACTIONS", "CAPITAL_CHANGE|CORP_EVENTS|DISTRIBUTIONS"},
                                {"ACTIONS_DATE", "both"}});
  envelope.StartData();
  for (uint64_t index = 0; index < options.securities; ++index) {
    const Security security = MakeSecurity(options.seed, index);
    Random random(options.seed ^ static_cast<uint64_t>(options.date.time_since_epoch().count()),
                  index, 5);
    if (index % 50 == 0) envelope.Line(fmt::format("# securities from number {}", index + 1));
    if (security.sector != Sector::kEquity || random.Chance(500'000)) {
      envelope.Record(fmt::format("{}|{}|{}|{}|", security.name, security.company, index + 1000,
                                  security.sector == Sector::kEquity ? 300 : 400));
      continue;
    }
    for (int number = random.Between(0, 2); number >= 0; --number) {
      const std::string row = ActionRow(security, options.date, number, random);
      envelope.Record(row);
      if (random.Chance(20'000)) envelope.Record(row);  // actions repeat
    }
  }
}

}  // namespace octo::sample
