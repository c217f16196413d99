#include <gmock/gmock.h>

#include "ledger/ledger_contract.h"
#include "stream/prepared_object_json.h"

namespace octo::ledger {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(LedgerContract, LandedDeliveryKeepsItsContentFactsAndObjectsInOrder) {
  const Claim claim = Take(Discover(File("a")));
  const std::vector prepared = {Prepared(claim.attempt, "z", "first"),
                                Prepared(claim.attempt, "b", "second")};
  ledger_->Committing(claim, prepared, "the content", R"({"vouched":"integrity"})");
  EXPECT_EQ(StateOf(claim.delivery.id), DeliveryState::kCommitting);
  EXPECT_THAT(ledger_->Objects(claim.delivery.id), IsEmpty());
  database_->Advance(seconds(3));
  ledger_->Landed(claim, std::vector{Object("z", "etag-z"), Object("b", "etag-b")}, {});
  const Delivery delivery = Get(claim.delivery.id);
  EXPECT_EQ(delivery.state, DeliveryState::kLanded);
  EXPECT_EQ(delivery.content, "the content");
  EXPECT_EQ(delivery.facts, R"({"vouched":"integrity"})");
  EXPECT_EQ(delivery.landed, ledger_->Now());
  const std::vector<ObjectRecord> objects = ledger_->Objects(claim.delivery.id);
  ASSERT_EQ(objects.size(), 2U);
  EXPECT_EQ(objects[0].key, "z");
  EXPECT_EQ(objects[0].url, "s3://bucket/z");
  EXPECT_EQ(objects[0].etag, "etag-z");
  EXPECT_EQ(objects[0].bytes, 10U);
  EXPECT_EQ(objects[0].sha256, std::string(64, 'a'));
  EXPECT_EQ(objects[0].entry, "entry of z");
  EXPECT_EQ(objects[1].key, "b");
}

TEST_P(LedgerContract, LandingClearsTheLastFailure) {
  const std::string id = Discover(File("a"));
  ledger_->FailedRetry(Take(id), Failed(ErrorKind::kIncomplete), ledger_->Now());
  const Claim claim = Take(id);
  Commit(claim, "a");
  ledger_->Landed(claim, {}, {});
  EXPECT_FALSE(Get(id).error || Get(id).incomplete_since);
}

TEST_P(LedgerContract, DeadWorkerPastTheCommitPointIsRolledForward) {
  const std::string id = Discover(File("a"));
  const Claim dead = Take(id);
  for (const char* key : {"x", "y", "gone"}) ledger_->RecordKey(dead, key);
  const std::vector prepared = {Prepared(dead.attempt, "y", "one"),
                                Prepared(dead.attempt, "x", "two")};
  ledger_->Committing(dead, prepared, "content", "facts");
  database_->Advance(kLease);
  for (int takeover = 0; takeover < 2; ++takeover) {
    const Claim claim = Take(id);
    EXPECT_TRUE(claim.roll_forward);
    EXPECT_NE(claim.attempt, dead.attempt);
    EXPECT_EQ(claim.delivery.content, "content");
    EXPECT_EQ(claim.delivery.facts, "facts");
    EXPECT_EQ(claim.delivery.tries, 0);
    ASSERT_EQ(claim.prepared.size(), 2U);
    for (size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(claim.prepared[i].entry, prepared[i].entry);
      EXPECT_EQ(claim.prepared[i].url, prepared[i].url);
      EXPECT_EQ(stream::PreparedObjectToJson(claim.prepared[i].object),
                stream::PreparedObjectToJson(prepared[i].object));
    }
    EXPECT_EQ(claim.leftover_keys,
              takeover == 0 ? std::vector<std::string>{"gone"} : std::vector<std::string>());
    ledger_->Cleaned(claim);
    database_->Advance(kLease);
  }
  const Claim last = Take(id);
  ledger_->Landed(last, std::vector{Object("y"), Object("x")}, {});
  EXPECT_EQ(StateOf(id), DeliveryState::kLanded);
}

TEST_P(LedgerContract, FailureOrReleaseAfterTheCommitPointNeverGoesBack) {
  const std::string id = Discover(File("a"));
  const Claim claim = Take(id);
  Commit(claim, "a");
  ledger_->FailedRetry(claim, Failed(), ledger_->Now() + seconds(10));
  EXPECT_EQ(StateOf(id), DeliveryState::kCommitting);
  EXPECT_EQ(Get(id).tries, 1);
  EXPECT_EQ(Get(id).error->stage, "download");
  EXPECT_FALSE(ledger_->TryClaim(id, "w", kLease)) << "not due";
  EXPECT_TRUE(ledger_->Replay(id));
  const Claim second = Take(id);
  EXPECT_TRUE(second.roll_forward);
  ledger_->Released(second);
  EXPECT_EQ(StateOf(id), DeliveryState::kCommitting);
  const Claim third = Take(id);
  EXPECT_TRUE(third.roll_forward);
  EXPECT_EQ(third.prepared.size(), 1U);
}

TEST_P(LedgerContract, LostContentIsFetchedAgainAsTheSameVersion) {
  const std::string id = Discover(File("a"));
  const Claim claim = Take(id);
  ledger_->RecordKey(claim, "a");
  Commit(claim, "a");
  ledger_->Lost(claim, "somebody aborted the upload");
  const Delivery delivery = Get(id);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.version, 1);
  EXPECT_EQ(delivery.tries, 1);
  EXPECT_EQ(delivery.error->message, "somebody aborted the upload");
  EXPECT_EQ(delivery.content, "");
  const Claim again = Take(id);
  EXPECT_FALSE(again.roll_forward);
  EXPECT_THAT(again.prepared, IsEmpty());
  EXPECT_THAT(again.leftover_keys, ElementsAre("a"));
  Commit(again, "a", "another content");
  ledger_->Landed(again, {}, {});
}

TEST_P(LedgerContract, ConflictWaitsForReplayFromBothSidesOfTheCommitPoint) {
  for (const bool committed : {false, true}) {
    const std::string id = Discover(File(committed ? "a" : "b"));
    const Claim claim = Take(id);
    ledger_->RecordKey(claim, "k");
    if (committed) Commit(claim, "k");
    ledger_->Conflict(claim, Failed(ErrorKind::kConflict));
    EXPECT_EQ(StateOf(id), DeliveryState::kConflict);
    EXPECT_EQ(Get(id).error->kind, ErrorKind::kConflict);
    EXPECT_FALSE(ledger_->OwnerOfUrl("s3://bucket/k"));
    database_->Advance(kLease);
    EXPECT_FALSE(IsDue(id));
    EXPECT_TRUE(ledger_->Replay(id));
    const Claim again = Take(id);
    EXPECT_FALSE(again.roll_forward);
    EXPECT_THAT(again.leftover_keys, ElementsAre("k"));
  }
}

TEST_P(LedgerContract, CallsInTheWrongStateAreBugsAndChangeNothing) {
  const std::string id = Discover(File("a"));
  const Claim claim = Take(id);
  EXPECT_EQ(Thrown([&] { ledger_->Landed(claim, {}, {}); }).kind, ErrorKind::kBug);
  EXPECT_EQ(Thrown([&] { ledger_->Lost(claim, "why"); }).kind, ErrorKind::kBug);
  EXPECT_EQ(Thrown([&] { ledger_->Duplicate(claim, id); }).kind, ErrorKind::kBug);
  EXPECT_EQ(Thrown([&] { ledger_->Duplicate(claim, "nobody"); }).kind, ErrorKind::kBug);
  EXPECT_EQ(StateOf(id), DeliveryState::kFetching);
  Commit(claim, "a");
  EXPECT_EQ(Thrown([&] { ledger_->FailedQuarantine(claim, Failed()); }).kind, ErrorKind::kBug);
  EXPECT_EQ(Thrown([&] { Commit(claim, "a", "other content"); }).kind, ErrorKind::kBug);
  Commit(claim, "a");  // once more, the same
  EXPECT_EQ(StateOf(id), DeliveryState::kCommitting);
}

TEST_P(LedgerContract, SameContentIsFoundAmongLandedVersionsOfThePathOnly) {
  const std::string first = Land(File("a", 10), "a", "one");
  Land(File("a", 20), "a.v2", "two");
  Land(File("b", 10), "b", "three");
  const Claim claim = Take(Discover(File("a", 30)));
  EXPECT_EQ(ledger_->SameContent(claim, "one")->id, first);
  EXPECT_EQ(ledger_->SameContent(claim, "two")->version, 2);
  EXPECT_FALSE(ledger_->SameContent(claim, "three"));
  EXPECT_FALSE(ledger_->SameContent(claim, ""));
}

TEST_P(LedgerContract, DuplicateBecomesAnAliasAndFreesItsVersion) {
  const std::string first = Land(File("a", 10), "a", "one");
  const Claim claim = Take(Discover(File("a", 20)));
  ledger_->RecordKey(claim, "a.v2");
  ledger_->Duplicate(claim, first);
  EXPECT_FALSE(ledger_->Find(claim.delivery.id));
  ExpectLost(claim);
  const Known known = Lookup(File("a", 20));
  EXPECT_EQ(known.kind, Known::Kind::kKnown);
  EXPECT_EQ(known.delivery->id, first);
  EXPECT_EQ(Discover(File("a", 20)), "");
  EXPECT_EQ(Discover(File("a", 10)), "");
  EXPECT_EQ(Get(Discover(File("a", 30))).version, 2);
}

TEST_P(LedgerContract, UrlBelongsToItsNewestOwnerFromTheCommitPointOn) {
  EXPECT_FALSE(ledger_->OwnerOfUrl("s3://bucket/a"));
  const Claim claim = Take(Discover(File("a", 10)));
  EXPECT_FALSE(ledger_->OwnerOfUrl("s3://bucket/a"));
  Commit(claim, "a", "one");
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a"), claim.delivery.id);
  ledger_->Landed(claim, std::vector{Object("a")}, {});
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a"), claim.delivery.id);
  const std::string replacing = Land(File("a", 20), "a", "two");
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a"), replacing);
  EXPECT_FALSE(ledger_->OwnerOfUrl("s3://bucket/b"));
}

TEST_P(LedgerContract, TwoPathsCanNotCommitToOneUrl) {
  const Claim first = Take(Discover(File("a.csv.gz")));
  Commit(first, "a.csv");
  const Claim second = Take(Discover(File("a.csv.pgp")));
  const Error refused = Thrown([&] { Commit(second, "a.csv"); });
  EXPECT_EQ(refused.kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.scope, ErrorScope::kDelivery);
  EXPECT_THAT(refused.message, testing::HasSubstr("a.csv.gz"));
  EXPECT_EQ(StateOf(second.delivery.id), DeliveryState::kFetching);
  ledger_->Landed(first, std::vector{Object("a.csv")}, {});
  EXPECT_EQ(Thrown([&] { Commit(second, "a.csv"); }).kind, ErrorKind::kConflict);
  ledger_->Conflict(second, refused);
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a.csv"), first.delivery.id);
}

TEST_P(LedgerContract, VersionTakenMeanwhileIsRefusedAtTheCommitPoint) {
  const Claim claim = Take(Discover(File("a", 20)));
  ledger_->Import({.delivery = {.id = "imported",
                                .provider = "affirm",
                                .path = "a",
                                .bytes = 10,
                                .modified = File("a").modified},
                   .objects = {}});
  const Error refused = Thrown([&] { Commit(claim, "a"); });
  EXPECT_EQ(refused.kind, ErrorKind::kTransient);
  EXPECT_EQ(refused.scope, ErrorScope::kDelivery);
  EXPECT_FALSE(IsLeaseLost(refused));
  ledger_->FailedRetry(claim, refused, ledger_->Now());
  const Claim again = Take(claim.delivery.id);
  EXPECT_EQ(again.delivery.version, 2);
  Commit(again, "a.v2");
}

TEST_P(LedgerContract, TwentyThousandEntriesLandInOneDelivery) {
  std::vector<PreparedEntry> prepared;
  std::vector<ObjectRecord> objects;
  const Claim claim = Take(Discover(File("big.zip")));
  for (int i = 0; i < 20'000; ++i) {
    const std::string key = "big/entry-" + std::to_string(i) + ".csv";
    ledger_->RecordKey(claim, key);
    prepared.push_back(Prepared(claim.attempt, key, key));
    objects.push_back(Object(key));
  }
  ledger_->Committing(claim, prepared, "content", "{}");
  ledger_->Released(claim);
  const Claim forward = Take(claim.delivery.id);
  ASSERT_EQ(forward.prepared.size(), 20'000U);
  EXPECT_EQ(forward.prepared[19'999].object.key, "big/entry-19999.csv");
  EXPECT_THAT(forward.leftover_keys, IsEmpty());
  ledger_->Cleaned(forward);
  ledger_->Landed(forward, objects, {});
  EXPECT_EQ(ledger_->Objects(claim.delivery.id).size(), 20'000U);
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/big/entry-777.csv"), claim.delivery.id);
}

}  // namespace
}  // namespace octo::ledger
