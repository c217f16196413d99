#include "bloomberg_reply.h"

#include <gmock/gmock.h>

#include <set>

#include "check_digits.h"
#include "crypto/digest.h"
#include "csv_rows.h"

namespace octo::sample {
namespace {

const Date kDay = Date(std::chrono::year(2026) / 4 / 30);

struct Reply {
  uint64_t records = 0;
  std::vector<std::string> lines, fields,
      rows;  // field lines without comments and blanks; rows without comments
};

std::vector<std::string> Split(std::string_view text, char delimiter) {
  std::vector<std::string> parts(1);
  for (const char character : text) {
    if (character == delimiter) {
      parts.emplace_back();
    } else {
      parts.back() += character;
    }
  }
  return parts;
}

// "a|b|" is two values: one empty last element goes.
std::vector<std::string> Values(std::string_view row) {
  std::vector<std::string> values = Split(row, '|');
  EXPECT_EQ(values.back(), "") << row;
  values.pop_back();
  return values;
}

std::string ReplyText(const ReplyOptions& options) {
  std::string text;
  StringOutput output(text);
  WriteReply(options, output);
  return text;
}

Reply ReplyOf(ReplyKind kind, uint64_t securities = 400) {
  const ReplyOptions options{.kind = kind, .securities = securities, .date = kDay};
  Reply reply;
  std::string text;
  StringOutput output(text);
  reply.records = WriteReply(options, output);
  reply.lines = Lines(text);
  std::vector<std::string>* part = nullptr;
  for (const std::string& line : reply.lines) {
    if (line == "START-OF-FIELDS") part = &reply.fields;
    if (line == "START-OF-DATA") part = &reply.rows;
    if (line.starts_with("END-OF-")) part = nullptr;
    if (part != nullptr && !line.empty() && !line.starts_with("#") &&
        !line.starts_with("START-OF-"))
      part->push_back(line);
  }
  return reply;
}

class EveryReply : public ::testing::TestWithParam<ReplyKind> {};

TEST_P(EveryReply, HasACompleteEnvelope) {
  const Reply reply = ReplyOf(GetParam());
  EXPECT_EQ(reply.lines.front(), "START-OF-FILE");
  EXPECT_EQ(reply.lines.back(), "END-OF-FILE");
  for (const char* line : {"START-OF-DATA", "END-OF-DATA"}) {
    EXPECT_EQ(std::count(reply.lines.begin(), reply.lines.end(), line), 1) << line;
  }
  EXPECT_THAT(reply.lines, ::testing::Contains("DATARECORDS=" + std::to_string(reply.records)));
  EXPECT_GT(reply.records, 10u);
}

TEST_P(EveryReply, HasTheSameBytesForTheSameSeedOnly) {
  const ReplyOptions options{.kind = GetParam(), .date = kDay};
  ReplyOptions other = options;
  other.seed = 2;
  EXPECT_EQ(ReplyText(options), ReplyText(options));
  EXPECT_NE(ReplyText(options), ReplyText(other));
}

TEST_P(EveryReply, EndsItsLinesWithCrLfWhenAsked) {
  const std::string text = ReplyText({.kind = GetParam(), .date = kDay, .crlf = true});
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    ASSERT_EQ(text[at - 1], '\r');
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryReply,
                         ::testing::Values(ReplyKind::kGetData, ReplyKind::kHistoryVertical,
                                           ReplyKind::kHistoryHorizontal, ReplyKind::kGetActions,
                                           ReplyKind::kBackOffice, ReplyKind::kBackOfficeChanges));

TEST(GetData, HasTheSameBytesOnEveryMachine) {
  EXPECT_EQ(crypto::Sha256Hex(ReplyText({.date = kDay})),
            "8f321a61fd8863c86d1d415d980829a7e52b1573f0c21c2c980bbab15fa83345");
}

TEST(GetData, ValuesMatchTheFieldsAndErrorRowsComeInTheirShapes) {
  const Reply reply = ReplyOf(ReplyKind::kGetData, 2000);
  std::set<std::string> codes, missing;
  std::set<size_t> error_shapes;
  for (const std::string& row : reply.rows) {
    const std::vector<std::string> values = Values(row);
    codes.insert(values[1]);
    if (values[1] != "0") {
      error_shapes.insert(values.size());
      continue;
    }
    ASSERT_EQ(values.size(), reply.fields.size() + 3) << row;
    missing.insert(values.begin() + 3, values.end());
  }
  EXPECT_THAT(codes, ::testing::IsSupersetOf({"0", "10", "11", "605", "994", "9"}));
  EXPECT_EQ(error_shapes.size(), 3u);
  EXPECT_THAT(missing, ::testing::IsSupersetOf({" ", "N.A.", "N.S.", "N.D.", "FLD UNKNOWN"}));
  EXPECT_EQ(reply.rows.size(), reply.records);
}

TEST(GetData, BulkValuesHoldWhatTheyCount) {
  int tables = 0, lists = 0, empty = 0;
  for (const std::string& row : ReplyOf(ReplyKind::kGetData, 2000).rows) {
    for (const std::string& value : Values(row)) {
      if (!value.starts_with(";")) continue;
      EXPECT_EQ(value.back(), ';');
      const std::vector<std::string> tokens =
          Split(std::string_view(value).substr(1, value.size() - 2), ';');
      const size_t count = std::stoul(tokens[1]);
      if (count == 0) {
        ++empty;
      } else if (tokens[0] == "1") {
        ++lists;
        EXPECT_EQ(tokens.size(), 2 + 2 * count);
      } else {
        ++tables;
        EXPECT_EQ(tokens.size(), 3 + 2 * count * std::stoul(tokens[2]));
      }
    }
  }
  EXPECT_GT(tables, 0);
  EXPECT_GT(lists, 0);
  EXPECT_GT(empty, 0);
}

TEST(GetData, HasDoubleBlanksSlashesAndARepeatedSecurity) {
  const Reply reply = ReplyOf(ReplyKind::kGetData, 2000);
  std::set<std::string> seen;
  bool blanks = false, slash = false, again = false;
  for (const std::string& row : reply.rows) {
    const std::string name = Values(row)[0];
    blanks |= name.find("  ") != std::string::npos;
    slash |= name.find("/B ") != std::string::npos;
    again |= !seen.insert(row).second;
  }
  EXPECT_TRUE(blanks && slash && again);
}

TEST(GetData, NamesItsColumnsWhenAsked) {
  const std::string text = ReplyText({.date = kDay, .column_header = true});
  EXPECT_NE(text.find("START-OF-DATA\nSECURITIES|ERROR CODE|NUM FLDS|NAME|"), std::string::npos);
}

TEST(History, BlocksOpenAndCloseAndSaySomeErrors) {
  std::string open;
  std::set<std::string> codes;
  bool empty_without_error = false;
  int rows = 0;
  for (const std::string& line : ReplyOf(ReplyKind::kHistoryVertical).rows) {
    const std::vector<std::string> values = Values(line);
    if (values[0] == "START SECURITY") {
      EXPECT_EQ(open, "");
      open = values[1] + "|" + values[2];
      rows = 0;
    } else if (values[0] == "END SECURITY") {
      EXPECT_EQ(open, values[1] + "|" + values[2]);
      codes.insert(values[3]);
      empty_without_error |= rows == 0 && values[3] == "0";
      open.clear();
    } else {
      ++rows;
      EXPECT_EQ(values.size(), 3u);
      EXPECT_TRUE(open.starts_with(values[0] + "|"));
    }
  }
  EXPECT_EQ(open, "");
  EXPECT_THAT(codes, ::testing::IsSupersetOf({"0", "10", "-12"}));
  EXPECT_TRUE(empty_without_error);
}

TEST(History, HorizontalRowsHoldTheDateThatTheFieldCountLeavesOut) {
  const Reply reply = ReplyOf(ReplyKind::kHistoryHorizontal);
  for (const std::string& row : reply.rows) {
    const std::vector<std::string> values = Values(row);
    EXPECT_EQ(values[2], std::to_string(reply.fields.size()));
    EXPECT_EQ(values.size(), 3 + 1 + reply.fields.size()) << row;
  }
}

TEST(Actions, HoldAsManyPairsAsTheySay) {
  std::set<std::string> codes;
  for (const std::string& row : ReplyOf(ReplyKind::kGetActions).rows) {
    const std::vector<std::string> values = Values(row);
    codes.insert(values[3]);
    if (values[3] != "0") {
      EXPECT_EQ(values.size(), 4u);
    } else {
      ASSERT_GT(values.size(), 20u);
      EXPECT_EQ(values.size(), 21 + 2 * std::stoul(values[20])) << row;
    }
  }
  EXPECT_THAT(codes, ::testing::ElementsAre("0", "300", "400"));
}

TEST(BackOffice, TheFirstThreeFieldLinesNameThePrefix) {
  for (const ReplyKind kind : {ReplyKind::kBackOffice, ReplyKind::kBackOfficeChanges}) {
    const Reply reply = ReplyOf(kind);
    for (const std::string& row : reply.rows) {
      const std::vector<std::string> values = Values(row);
      EXPECT_EQ(std::stoul(values[2]) + 3, reply.fields.size());
      EXPECT_EQ(values.size(), reply.fields.size());
    }
  }
}

TEST(BackOffice, ChangesRemoveSecuritiesOfTheFullFile) {
  std::set<std::string> full;
  for (const std::string& row : ReplyOf(ReplyKind::kBackOffice).rows) full.insert(Values(row)[9]);
  int removed = 0;
  for (const std::string& row : ReplyOf(ReplyKind::kBackOfficeChanges).rows) {
    EXPECT_TRUE(full.contains(Values(row)[9])) << row;
    removed += Values(row)[1] == "-1" ? 1 : 0;
  }
  EXPECT_GT(removed, 0);
  EXPECT_EQ(full.size(), 400u);
}

TEST(Dictionary, HasEveryFieldOfTheRepliesButTheMisspelledOne) {
  std::string text;
  StringOutput output(text);
  WriteFieldsCsv(output);
  std::set<std::string> known;
  for (const CsvRow& row : CsvRows(text)) {
    EXPECT_EQ(row.size(), 14u);
    known.insert(row.at("Field Mnemonic"));
  }
  for (const std::string& field : ReplyOf(ReplyKind::kGetData).fields) {
    EXPECT_EQ(known.contains(field), field != "PX_LATS") << field;
  }
}

TEST(CheckDigits, AreThoseOfKnownIdentifiers) {
  EXPECT_EQ(WithFigiDigit("BBG000BLNNH"), "BBG000BLNNH6");
  EXPECT_EQ(WithIsinDigit("US037833100"), "US0378331005");
  EXPECT_EQ(WithCusipDigit("03783310"), "037833100");
}

TEST(RealNumbers, HaveNoLeadingZero) {
  EXPECT_EQ(RealText(2'500), ".250000");
  EXPECT_EQ(RealText(-2'180), "-.218000");
  EXPECT_EQ(RealText(1'872'300), "187.230000");
}

}  // namespace
}  // namespace octo::sample
