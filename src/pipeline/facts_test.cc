#include "pipeline/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace octo::pipeline {
namespace {

using testing::ElementsAre;

ledger::Delivery Landed() {
  return {.id = "0f8fad5b-d9cb-469f-a165-70867728950e",
          .provider = "affirm",
          .path = "tape \xff;\n.csv.gpg",  // not UTF-8
          .bytes = 1234,
          .modified = *ParseTime("2026-04-30T22:00:00Z"),
          .version = 2,
          .state = ledger::DeliveryState::kLanded,
          .content = "abc",
          .facts = R"({"vouched_by":["openpgp mdc"]})",
          .discovered = *ParseTime("2026-05-01T06:30:00.000001Z"),
          .landed = *ParseTime("2026-05-01T06:31:00Z")};
}

TEST(Manifest, TellsEverythingThatALostLedgerNeeds) {
  const std::vector<ledger::ObjectRecord> objects{{.key = "data/csv/affirm/tape.csv",
                                                   .url = "file:///d/data/csv/affirm/tape.csv",
                                                   .etag = "e",
                                                   .bytes = 5000,
                                                   .sha256 = "feed",
                                                   .entry = ""}};
  const auto record = ManifestFromJson(ManifestJson(Landed(), objects, "sftp://u@h:22/inbox"));
  const auto expected = Landed();
  EXPECT_EQ(record.delivery.id, expected.id);
  EXPECT_EQ(record.delivery.path, expected.path);
  EXPECT_EQ(record.delivery.bytes, expected.bytes);
  EXPECT_EQ(record.delivery.modified, expected.modified);
  EXPECT_EQ(record.delivery.version, 2);
  EXPECT_EQ(record.delivery.state, ledger::DeliveryState::kLanded);
  EXPECT_EQ(record.delivery.content, expected.content);
  EXPECT_EQ(record.delivery.discovered, expected.discovered);
  EXPECT_EQ(record.delivery.landed, expected.landed);
  EXPECT_EQ(record.delivery.facts, expected.facts);
  ASSERT_EQ(record.objects.size(), 1u);
  EXPECT_EQ(record.objects[0].url, objects[0].url);
  EXPECT_EQ(record.objects[0].sha256, "feed");
  EXPECT_EQ(record.objects[0].bytes, 5000u);
}

TEST(Manifest, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "{", "[]", "{}", R"({"octo_manifest":2})", R"({"octo_manifest":1,"delivery":"x"})"}) {
    EXPECT_THROW(ManifestFromJson(text), Error) << text;
  }
}

TEST(Facts, NameWhatVouchesForTheEndStrongestFirst) {
  Facts facts;
  EXPECT_THAT(facts.VouchedBy(), ElementsAre("size alone"));
  facts.archive.vouched_by = {"gzip crc32"};
  facts.openpgp.emplace();
  facts.openpgp->integrity = "mdc";
  facts.openpgp->signatures = {
      {.key_id = "AA", .verdict = openpgp::SignatureReport::Verdict::kUnknownSigner},
      {.key_id = "BB", .verdict = openpgp::SignatureReport::Verdict::kGood}};
  facts.companions = {"checksum tape.sha256"};
  EXPECT_THAT(facts.VouchedBy(),
              ElementsAre("signature BB", "openpgp mdc", "checksum tape.sha256", "gzip crc32"));
}

TEST(StageTimes, NameTheBottleneck) {
  StageTimes times{.download = 1, .decrypt = 3, .unpack = 2};
  EXPECT_EQ(times.Bottleneck(), "decrypt");
  times += StageTimes{.store = 4};
  EXPECT_EQ(times.Bottleneck(), "store");
}

}  // namespace
}  // namespace octo::pipeline
