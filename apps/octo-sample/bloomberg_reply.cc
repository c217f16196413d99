#include "bloomberg_reply.h"

#include <fmt/core.h>

#include <array>

namespace octo::sample {
namespace {

// "Thu Apr 30 17:32:04 EDT 2026".
std::string RunTime(Date date, std::string_view time) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::year_month_day day(date);
  return fmt::format("{} {} {:2} {} EDT {}", kDays[std::chrono::weekday(date).c_encoding()],
                     kMonths[static_cast<unsigned>(day.month()) - 1],
                     static_cast<unsigned>(day.day()), time, static_cast<int>(day.year()));
}

}  // namespace

ReplyEnvelope::ReplyEnvelope(const ReplyOptions& options, Output& output)
    : options_(options), text_(output) {}

void ReplyEnvelope::Line(std::string_view line) {
  text_.Text(line);
  text_.Text(options_.crlf ? "\r\n" : "\n");
  text_.EndRecord();
}

void ReplyEnvelope::Record(std::string_view line) {
  ++records_;
  Line(line);
}

void ReplyEnvelope::Begin(
    std::string_view program,
    const std::vector<std::pair<std::string_view, std::string>>& more_header) {
  Line("START-OF-FILE");
  Line("RUNDATE=" + CompactDate(options_.date));
  Line(fmt::format("PROGRAMNAME={}", program));
  Line(fmt::format("FILETYPE={}", options_.crlf ? "pc" : "unix"));
  for (const auto& [key, value] : more_header) Line(fmt::format("{}={}", key, value));
  Line("");
}

void ReplyEnvelope::FieldBlock(const std::vector<std::string_view>& lines) {
  Line("START-OF-FIELDS");
  for (const std::string_view line : lines) Line(line);
  Line("END-OF-FIELDS");
  Line("");
}

void ReplyEnvelope::StartData() {
  Line("TIMESTARTED=" + RunTime(options_.date, "17:32:04"));
  Line("START-OF-DATA");
}

uint64_t ReplyEnvelope::End() {
  Line("END-OF-DATA");
  Line(fmt::format("DATARECORDS={}", records_));
  Line("");
  Line("TIMEFINISHED=" + RunTime(options_.date, "17:34:51"));
  Line("END-OF-FILE");
  text_.Flush();
  return records_;
}

uint64_t WriteReply(const ReplyOptions& options, Output& output) {
  ReplyEnvelope envelope(options, output);
  switch (options.kind) {
    case ReplyKind::kGetData:
      WriteGetData(options, envelope);
      break;
    case ReplyKind::kHistoryVertical:
    case ReplyKind::kHistoryHorizontal:
      WriteHistory(options, envelope);
      break;
    case ReplyKind::kGetActions:
      WriteActions(options, envelope);
      break;
    case ReplyKind::kBackOffice:
    case ReplyKind::kBackOfficeChanges:
      WriteBackOffice(options, envelope);
      break;
  }
  return envelope.End();
}

}  // namespace octo::sample
