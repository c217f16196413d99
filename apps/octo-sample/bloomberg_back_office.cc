#include <fmt/core.h>

#include "bloomberg_reply.h"

namespace octo::sample {
namespace {

// The trap: the first three "fields" name the row's own prefix (security, return code, number of
// fields), so there are three more lines than values.
std::vector<std::string_view> FieldLines() {
  std::vector<std::string_view> lines = {"SECURITY_NAME", "RETURN_CODE", "NUMBER_OF_FIELDS", ""};
  static const std::string_view kSections[][2] = {{"Descriptive Info", "# Descriptive"},
                                                  {"Security Identifiers", "# Identifiers"},
                                                  {"Market Activity", "# Market"},
                                                  {"Fundamentals", "# Fundamentals"},
                                                  {"Corporate Actions", "# Actions"},
                                                  {"Bonds", "# Bonds"},
                                                  {"Index", "# Index"}};
  for (const auto& [category, comment] : kSections) {
    lines.push_back(comment);
    for (const Field& field : Fields()) {
      if (field.category == category) lines.push_back(field.mnemonic);
    }
    lines.push_back("");
  }
  return lines;
}

std::string Row(const ReplyOptions& options, uint64_t index, bool removed) {
  const Security security = MakeSecurity(options.seed, index);
  Random random(options.seed ^ static_cast<uint64_t>(options.date.time_since_epoch().count()),
                index, 6);
  PriceWalk walk(options.seed, security);
  const int64_t price = walk.AdvanceTo(options.date);
  const Quote quote{security, options.date, price, walk.Volume()};
  std::string row = fmt::format("{}|{}|{}|", security.name, removed ? -1 : 0, Fields().size());
  for (const Field& field : Fields()) {
    const bool blank = removed && field.category != "Security Identifiers";
    row += blank ? " " : FieldText(field.mnemonic, quote, random);
    row += '|';
  }
  return row;
}

}  // namespace

void WriteBackOffice(const ReplyOptions& options, ReplyEnvelope& envelope) {
  const bool changes = options.kind == ReplyKind::kBackOfficeChanges;
  envelope.Line("START-OF-FILE");
  envelope.Line("PROGRAMNAME=getdata");
  envelope.Line("DATEFORMAT=yyyymmdd");
  envelope.Line("");
  envelope.FieldBlock(FieldLines());
  envelope.Line("START-OF-DATA");
  for (uint64_t index = 0; index < options.securities; ++index) {
    // Of a tenth of the securities something changed; the first of each fiftieth is gone.
    if (changes && index % 10 != 3) continue;
    envelope.Record(Row(options, index, changes && index % 50 == 3));
  }
}

}  // namespace octo::sample
