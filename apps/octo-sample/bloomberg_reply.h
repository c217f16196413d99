#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bloomberg_fields.h"
#include "calendar.h"
#include "output.h"
#include "text_buffer.h"

namespace octo::sample {

enum class ReplyKind {
  kGetData,
  kHistoryVertical,
  kHistoryHorizontal,
  kGetActions,
  kBackOffice,
  kBackOfficeChanges
};

struct ReplyOptions {
  ReplyKind kind = ReplyKind::kGetData;
  uint64_t seed = 1;
  uint64_t securities = 100;
  Date date = {};              // of the run; the last day of a history
  int history_days = 30;       // calendar days that a history covers
  bool crlf = false;           // FILETYPE=pc
  bool column_header = false;  // COLUMNHEADER=yes (getdata)
};

// Writes a whole reply of the Data License service, envelope and all. Returns the number of
// DATARECORDS.
//   getdata               values, bulk values, missing ones, error rows, a security twice, an
//   unknown field history, vertical     a block for each security and field; empty blocks with code
//   0 and with an error history, horizontal   a row for each security and day getactions dividends,
//   splits, securities without action, comments among the rows back office           many fields in
//   sections; the first three name the row's own prefix; hardly a header
//   ... changes (.dif)    a tenth of it, and removed securities with return code -1
uint64_t WriteReply(const ReplyOptions& options, Output& output);

// The lines around the data; what all kinds of replies share.
class ReplyEnvelope {
 public:
  ReplyEnvelope(const ReplyOptions& options, Output& output);

  void Begin(std::string_view program,
             const std::vector<std::pair<std::string_view, std::string>>& more_header);
  // Empty lines and "# Section" comments are written as they are.
  void FieldBlock(const std::vector<std::string_view>& lines);
  void StartData();
  void Line(std::string_view line);
  // A line that DATARECORDS counts.
  void Record(std::string_view line);
  uint64_t End();

 private:
  const ReplyOptions& options_;
  TextBuffer text_;
  uint64_t records_ = 0;
};

// The rows of one kind each, between StartData and End.
void WriteGetData(const ReplyOptions& options, ReplyEnvelope& envelope);
void WriteHistory(const ReplyOptions& options, ReplyEnvelope& envelope);
void WriteActions(const ReplyOptions& options, ReplyEnvelope& envelope);
void WriteBackOffice(const ReplyOptions& options, ReplyEnvelope& envelope);

}  // namespace octo::sample
