#include "stream/prepared_object_json.h"

#include <gmock/gmock.h>

#include <limits>

#include "base/error.h"

namespace octo::stream {
namespace {

using testing::HasSubstr;

PreparedObject Whole() {
  return {.key = "data/ä \"quoted\"/\xff\x01.csv",
          .attempt = "attempt",
          .handle = "upload",
          .in_memory = true,
          .parts = {{.number = 1, .etag = "e1", .checksum = "c1", .bytes = 5},
                    {.number = 2, .etag = "\"e2\"", .checksum = "", .bytes = 6}},
          .bytes = std::numeric_limits<uint64_t>::max(),
          .sha256 = "00ff",
          .precondition = {Precondition::Kind::kMatches, "\"etag\""}};
}

void ExpectSame(const PreparedObject& left, const PreparedObject& right) {
  EXPECT_EQ(left.key, right.key);
  EXPECT_EQ(left.attempt, right.attempt);
  EXPECT_EQ(left.handle, right.handle);
  EXPECT_EQ(left.in_memory, right.in_memory);
  EXPECT_EQ(left.bytes, right.bytes);
  EXPECT_EQ(left.sha256, right.sha256);
  EXPECT_EQ(left.precondition.kind, right.precondition.kind);
  EXPECT_EQ(left.precondition.etag, right.precondition.etag);
  ASSERT_EQ(left.parts.size(), right.parts.size());
  for (size_t i = 0; i < left.parts.size(); ++i) {
    EXPECT_EQ(left.parts[i].number, right.parts[i].number);
    EXPECT_EQ(left.parts[i].etag, right.parts[i].etag);
    EXPECT_EQ(left.parts[i].checksum, right.parts[i].checksum);
    EXPECT_EQ(left.parts[i].bytes, right.parts[i].bytes);
  }
}

std::string RefusalOf(const std::string& json) {
  try {
    PreparedObjectFromJson(json);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kCorrupt);
    EXPECT_EQ(error.scope, ErrorScope::kProcess);
    return error.message;
  }
  ADD_FAILURE() << json << " was not refused";
  return {};
}

TEST(PreparedObjectJson, RoundTripKeepsEverything) {
  ExpectSame(PreparedObjectFromJson(PreparedObjectToJson(Whole())), Whole());
  for (const auto kind :
       {Precondition::Kind::kNone, Precondition::Kind::kAbsent, Precondition::Kind::kMatches}) {
    PreparedObject object;
    object.precondition.kind = kind;
    ExpectSame(PreparedObjectFromJson(PreparedObjectToJson(object)), object);
  }
}

TEST(PreparedObjectJson, NamesAndValuesAreStable) {
  PreparedObject object = Whole();
  object.key = "k";
  object.bytes = 11;
  object.parts.pop_back();
  EXPECT_EQ(
      PreparedObjectToJson(object),
      R"({"key":"k","attempt":"attempt","handle":"upload","in_memory":true,)"
      R"("parts":[{"number":1,"etag":"e1","checksum":"c1","bytes":5}],"bytes":11,"sha256":"00ff",)"
      R"("precondition":{"kind":"matches","etag":"\"etag\""}})");
}

TEST(PreparedObjectJson, UnknownFieldsAreIgnoredAndOptionalOnesMayBeMissing) {
  const PreparedObject object =
      PreparedObjectFromJson(R"({"key":"k","attempt":"a","bytes":0,"sha256":"s","future":[1],)"
                             R"("precondition":{"kind":"absent","future":null}})");
  EXPECT_EQ(object.key, "k");
  EXPECT_EQ(object.precondition.kind, Precondition::Kind::kAbsent);
  EXPECT_FALSE(object.in_memory);
  EXPECT_TRUE(object.parts.empty());
}

TEST(PreparedObjectJson, RefusesWhatCouldPublishSomethingElse) {
  EXPECT_THAT(RefusalOf("{"), HasSubstr("not JSON"));
  EXPECT_THAT(RefusalOf("[]"), HasSubstr("no object"));
  EXPECT_THAT(RefusalOf(R"({"attempt":"a"})"), HasSubstr("\"key\" is missing"));
  const std::string head = R"({"key":"k","attempt":"a","sha256":"s",)";
  EXPECT_THAT(RefusalOf(head + R"("bytes":-1})"), HasSubstr("\"bytes\""));
  EXPECT_THAT(RefusalOf(head + R"("bytes":"1"})"), HasSubstr("\"bytes\""));
  EXPECT_THAT(RefusalOf(head + R"("bytes":1})"), HasSubstr("\"precondition\" is missing"));
  EXPECT_THAT(RefusalOf(head + R"("bytes":1,"precondition":{"kind":"perhaps"}})"),
              HasSubstr("\"perhaps\" is unknown"));
  EXPECT_THAT(RefusalOf(head + R"("bytes":1,"parts":[7]})"), HasSubstr("part"));
  EXPECT_THAT(RefusalOf(head + R"("bytes":1,"parts":[{"number":1}]})"), HasSubstr("\"etag\""));
}

}  // namespace
}  // namespace octo::stream
