#include <fmt/core.h>

#include <array>

#include "bloomberg_reply.h"

namespace octo::sample {
namespace {

constexpr std::array<std::string_view, 2> kFieldsOfHistory = {"PX_LAST", "PX_VOLUME"};

Date FirstDay(const ReplyOptions& options) {
  return options.date - std::chrono::days(options.history_days - 1);
}

std::string Value(std::string_view mnemonic, int64_t price, int64_t volume) {
  return mnemonic == "PX_LAST" ? RealText(price) : std::to_string(volume);
}

template <typename Visitor>
void EachDay(const ReplyOptions& options, const Security& security, Visitor&& visitor) {
  PriceWalk walk(options.seed, security);
  for (Date date = FirstDay(options); date <= options.date; date += std::chrono::days(1)) {
    if (!IsWeekday(date)) continue;
    const int64_t price = walk.AdvanceTo(date);
    visitor(date, price, walk.Volume());
  }
}

// The last value of the END line is the block's return code.
void VerticalBlock(const ReplyOptions& options, const Security& security, std::string_view mnemonic,
                   ReplyEnvelope& envelope) {
  int code = 0;
  envelope.Line(fmt::format("START SECURITY|{}|{}|", security.name, mnemonic));
  if (security.index % 31 == 17) {
    code = 10;
  } else if (mnemonic == "PX_VOLUME" && security.sector != Sector::kEquity) {
    code = -12;
  } else if (security.index % 41 != 23) {  // else: no data in the range, which is no error
    EachDay(options, security, [&](Date date, int64_t price, int64_t volume) {
      envelope.Record(
          fmt::format("{}|{}|{}|", security.name, SlashDate(date), Value(mnemonic, price, volume)));
    });
  }
  envelope.Line(fmt::format("END SECURITY|{}|{}|{}|", security.name, mnemonic, code));
}

// The number of fields does not count the date.
void HorizontalRows(const ReplyOptions& options, const Security& security,
                    ReplyEnvelope& envelope) {
  if (security.index % 31 == 17) {
    envelope.Record(fmt::format("{}|10|{}| | | |", security.name, kFieldsOfHistory.size()));
    return;
  }
  const bool has_volume = security.sector == Sector::kEquity;
  EachDay(options, security, [&](Date date, int64_t price, int64_t volume) {
    envelope.Record(fmt::format("{}|0|{}|{}|{}|{}|", security.name, kFieldsOfHistory.size(),
                                SlashDate(date), RealText(price),
                                has_volume ? std::to_string(volume) : "N.A."));
  });
}

}  // namespace

void WriteHistory(const ReplyOptions& options, ReplyEnvelope& envelope) {
  const bool horizontal = options.kind == ReplyKind::kHistoryHorizontal;
  envelope.Begin("gethistory",
                 {{"FIRMNAME", "dl123456"},
                  {"DATEFORMAT", "mm/dd/yyyy"},
                  {"HIST_FORMAT", horizontal ? "horizontal" : "vertical"},
                  {"COMPRESS", "yes"},
                  {"DATERANGE", CompactDate(FirstDay(options)) + "|" + CompactDate(options.date)}});
  envelope.FieldBlock({kFieldsOfHistory.begin(), kFieldsOfHistory.end()});
  envelope.StartData();
  for (uint64_t index = 0; index < options.securities; ++index) {
    const Security security = MakeSecurity(options.seed, index);
    if (horizontal) {
      HorizontalRows(options, security, envelope);
      continue;
    }
    for (const std::string_view mnemonic : kFieldsOfHistory)
      VerticalBlock(options, security, mnemonic, envelope);
  }
}

}  // namespace octo::sample
