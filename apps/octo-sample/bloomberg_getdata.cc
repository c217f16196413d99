#include <fmt/core.h>

#include <array>

#include "bloomberg_reply.h"

namespace octo::sample {
namespace {

// The last one is a misspelling, as requests hold them: every row says FLD UNKNOWN.
const std::vector<std::string_view> kRequested = {"NAME",
                                                  "TICKER",
                                                  "CRNCY",
                                                  "ID_BB_GLOBAL",
                                                  "ID_ISIN",
                                                  "ID_BB_COMPANY",
                                                  "PX_LAST",
                                                  "PX_BID",
                                                  "PX_ASK",
                                                  "PX_VOLUME",
                                                  "CHG_PCT_1D",
                                                  "LAST_UPDATE_DT",
                                                  "LAST_TRADE_TIME",
                                                  "CUR_MKT_CAP",
                                                  "EQY_DVD_YLD_IND",
                                                  "LATEST_PERIOD_END_MTH",
                                                  "MATURITY",
                                                  "CPN",
                                                  "CALLABLE",
                                                  "CALL_SCHEDULE",
                                                  "DVD_HIST_ALL",
                                                  "INDX_MEMBERS",
                                                  "PX_LATS"};
constexpr std::array<int, 6> kErrors = {10, 11, 10, 605, 994, 9};

// Errors come in the shapes that are seen: all values blank, some of them, or none.
std::string ErrorRow(const Security& security, Random& random) {
  std::string row =
      fmt::format("{}|{}|{}|", security.name, random.OneOf(kErrors), kRequested.size());
  const auto values = static_cast<int>(kRequested.size());
  const std::array<int, 3> kShapes = {values, values - 2, 0};
  for (int left = random.OneOf(kShapes); left > 0; --left) row += " |";
  return row;
}

std::string ValueRow(const Quote& quote, Random& random) {
  std::string row = fmt::format("{}|0|{}|", quote.security.name, kRequested.size());
  for (const std::string_view mnemonic : kRequested) {
    row += FieldText(mnemonic, quote, random);
    row += '|';
  }
  return row;
}

std::string ColumnHeader() {
  std::string row = "SECURITIES|ERROR CODE|NUM FLDS|";
  for (const std::string_view mnemonic : kRequested) row += fmt::format("{}|", mnemonic);
  return row;
}

}  // namespace

void WriteGetData(const ReplyOptions& options, ReplyEnvelope& envelope) {
  envelope.Begin("getdata", {{"FIRMNAME", "dl123456"},
                             {"REPLYFILENAME", "dl_prices.out"},
                             {"DATEFORMAT", "yyyymmdd"},
                             {"DELIMITER", "|"},
                             {"COLUMNHEADER", options.column_header ? "yes" : "no"},
                             {"PROGRAMFLAG", "daily"},
                             {"CLOSINGVALUES", "yes"},
                             {"USERNOTE", "prices|a=b for the fund"}});
  envelope.FieldBlock(kRequested);
  envelope.StartData();
  if (options.column_header) envelope.Line(ColumnHeader());
  for (uint64_t index = 0; index < options.securities; ++index) {
    const Security security = MakeSecurity(options.seed, index);
    Random random(options.seed ^ static_cast<uint64_t>(options.date.time_since_epoch().count()),
                  index, 4);
    if (index % 31 == 17) {
      envelope.Record(ErrorRow(security, random));
      continue;
    }
    PriceWalk walk(options.seed, security);
    const int64_t price = walk.AdvanceTo(options.date);
    const std::string row = ValueRow({security, options.date, price, walk.Volume()}, random);
    envelope.Record(row);
    if (index % 97 == 11) envelope.Record(row);  // somebody asked for it twice
  }
}

}  // namespace octo::sample
