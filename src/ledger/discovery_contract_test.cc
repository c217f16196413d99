#include <gmock/gmock.h>

#include "ledger/ledger_contract.h"

namespace octo::ledger {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(LedgerContract, NewFileBecomesPendingWithAllThatIsKnownOfIt) {
  const Candidate file = File("inbox/a.csv.pgp", 5'000'000'000, 77);
  EXPECT_EQ(Lookup(file).kind, Known::Kind::kNew);
  const Delivery delivery = Get(Discover(file));
  EXPECT_EQ(delivery.provider, "affirm");
  EXPECT_EQ(delivery.path, file.path);
  EXPECT_EQ(delivery.bytes, file.bytes);
  EXPECT_EQ(delivery.modified, file.modified);
  EXPECT_EQ(delivery.version, 1);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.tries, 0);
  EXPECT_EQ(delivery.discovered, ledger_->Now());
  EXPECT_FALSE(delivery.landed || delivery.error || delivery.next_try || delivery.incomplete_since);
}

TEST_P(LedgerContract, LookupWritesNothing) {
  Lookup(File("a"));
  EXPECT_FALSE(ledger_->HasDeliveries("affirm"));
  EXPECT_EQ(Lookup(File("a")).kind, Known::Kind::kNew);
}

TEST_P(LedgerContract, DiscoveringTheSameFileAgainChangesNothing) {
  const std::string id = Discover(File("a"));
  EXPECT_EQ(Discover(File("a")), id);
  EXPECT_EQ(ledger_->Deliveries({}).size(), 1U);
  const Known known = Lookup(File("a"));
  EXPECT_EQ(known.kind, Known::Kind::kKnown);
  EXPECT_EQ(known.delivery->id, id);
}

TEST_P(LedgerContract, IdsComeInTheOrderOfTheCandidates) {
  const std::string landed = Land(File("b"), "b");
  const std::vector<std::string> ids =
      ledger_->Discover("affirm", std::vector{File("c"), File("b"), File("a"), File("c")});
  EXPECT_EQ(Get(ids[0]).path, "c");
  EXPECT_EQ(ids[1], "");
  EXPECT_EQ(Get(ids[2]).path, "a");
  EXPECT_EQ(ids[3], ids[0]);
}

TEST_P(LedgerContract, ProvidersDoNotSeeOneAnother) {
  Discover(File("a"));
  EXPECT_TRUE(ledger_->HasDeliveries("affirm"));
  EXPECT_FALSE(ledger_->HasDeliveries("bloomberg"));
  EXPECT_EQ(ledger_->Lookup("bloomberg", std::vector{File("a")})[0].kind, Known::Kind::kNew);
}

TEST_P(LedgerContract, ChangedFileWaitingTakesTheNewSizeAndTimeAndStartsAnew) {
  const std::string id = Discover(File("a", 10, 1000));
  ledger_->FailedRetry(Take(id), Failed(ErrorKind::kIncomplete), ledger_->Now() + seconds(99));
  database_->Advance(seconds(5));
  EXPECT_EQ(Lookup(File("a", 20, 1000)).kind, Known::Kind::kChanged);
  EXPECT_EQ(Lookup(File("a", 20, 1000)).delivery->id, id);
  EXPECT_EQ(Discover(File("a", 20, 1000)), id);
  const Delivery delivery = Get(id);
  EXPECT_EQ(delivery.bytes, 20U);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.tries, 0);
  EXPECT_EQ(delivery.version, 1);
  EXPECT_EQ(delivery.discovered, ledger_->Now());
  EXPECT_FALSE(delivery.next_try || delivery.incomplete_since || delivery.error);
  EXPECT_EQ(Lookup(File("a", 20, 1000)).kind, Known::Kind::kKnown);
  EXPECT_EQ(Lookup(File("a", 10, 1000)).kind, Known::Kind::kChanged);
}

TEST_P(LedgerContract, ChangedFileLiftsAQuarantineAndAConflict) {
  const std::string bad = Discover(File("bad", 10));
  ledger_->FailedQuarantine(Take(bad), Failed(ErrorKind::kCorrupt));
  const std::string other = Discover(File("other", 10));
  const Claim claim = Take(other);
  Commit(claim, "other");
  ledger_->Conflict(claim, Failed(ErrorKind::kConflict));
  EXPECT_EQ(Discover(File("bad", 10)), "");
  EXPECT_EQ(Discover(File("other", 10)), "");
  EXPECT_EQ(StateOf(bad), DeliveryState::kQuarantined);
  EXPECT_EQ(StateOf(other), DeliveryState::kConflict);
  EXPECT_EQ(Discover(File("bad", 11)), bad);
  EXPECT_EQ(Discover(File("other", 11)), other);
  EXPECT_EQ(StateOf(bad), DeliveryState::kPending);
  EXPECT_EQ(StateOf(other), DeliveryState::kPending);
}

TEST_P(LedgerContract, FileThatChangesWhileSomebodyFetchesItIsSeenAgainLater) {
  const std::string id = Discover(File("a", 10));
  const Claim claim = Take(id);
  EXPECT_EQ(Discover(File("a", 20)), id);
  EXPECT_EQ(Get(id).bytes, 10U);
  Commit(claim, "a");
  EXPECT_EQ(Discover(File("a", 20)), id);
  ledger_->Landed(claim, std::vector{Object("a")}, {});
  const std::string second = Discover(File("a", 20));
  EXPECT_NE(second, id);
  EXPECT_EQ(Get(second).version, 2);
}

TEST_P(LedgerContract, FileThatChangesUnderADeadWorkerStartsAnewAndFencesTheWorker) {
  const std::string id = Discover(File("a", 10));
  const Claim dead = Take(id);
  ledger_->RecordKey(dead, "a");
  database_->Advance(kLease);
  EXPECT_EQ(Discover(File("a", 20)), id);
  EXPECT_EQ(StateOf(id), DeliveryState::kPending);
  ExpectLost(dead);
  const Claim next = Take(id);
  EXPECT_EQ(next.delivery.bytes, 20U);
  EXPECT_THAT(next.leftover_keys, ElementsAre("a"));
}

TEST_P(LedgerContract, ChangedFileNeverTouchesWhatReachedTheCommitPoint) {
  const std::string id = Discover(File("a", 10));
  Commit(Take(id), "a");
  database_->Advance(2 * kLease);
  EXPECT_EQ(Discover(File("a", 20)), id);
  EXPECT_EQ(StateOf(id), DeliveryState::kCommitting);
  EXPECT_TRUE(Take(id).roll_forward);
}

TEST_P(LedgerContract, ChangedFileAfterLandingIsTheNextVersion) {
  const std::string first = Land(File("a", 10), "a", "one");
  const std::string second = Land(File("a", 20), "a.v2", "two");
  EXPECT_EQ(Get(first).version, 1);
  EXPECT_EQ(Get(second).version, 2);
  EXPECT_EQ(Lookup(File("a", 10)).delivery->id, first);
  EXPECT_EQ(Lookup(File("a", 20)).delivery->id, second);
  EXPECT_EQ(Lookup(File("a", 30)).delivery->id, second);
  EXPECT_EQ(Get(Discover(File("a", 30))).version, 3);
}

TEST_P(LedgerContract, OlderFileThatIsPutBackReplacesWhatWaitedAndIsFoundDuplicate) {
  const std::string first = Land(File("a", 10), "a", "one");
  const std::string second = Discover(File("a", 20));
  EXPECT_EQ(Lookup(File("a", 10)).kind, Known::Kind::kChanged);
  EXPECT_EQ(Discover(File("a", 10)), second);
  const Claim claim = Take(second);
  EXPECT_EQ(claim.delivery.bytes, 10U);
  ledger_->Duplicate(claim, ledger_->SameContent(claim, "one").value().id);
  EXPECT_EQ(Lookup(File("a", 10)).delivery->id, first);
  EXPECT_EQ(Discover(File("a", 10)), "");
}

TEST_P(LedgerContract, ListsDeliveriesNewestFirstByEveryFilter) {
  const std::string landed = Land(File("in/loan_1.csv"), "x");
  database_->Advance(seconds(1));
  const std::string second = Discover(File("in/loan_2.csv"));
  database_->Advance(seconds(1));
  const std::string other = ledger_->Discover("bloomberg", std::vector{File("px.out")})[0];
  const auto ids = [&](const DeliveryFilter& filter) {
    std::vector<std::string> result;
    for (const Delivery& delivery : ledger_->Deliveries(filter)) result.push_back(delivery.id);
    return result;
  };
  EXPECT_THAT(ids({}), ElementsAre(other, second, landed));
  EXPECT_THAT(ids({.provider = "affirm"}), ElementsAre(second, landed));
  EXPECT_THAT(ids({.state = DeliveryState::kLanded}), ElementsAre(landed));
  EXPECT_THAT(ids({.path_glob = "loan_?.csv"}), ElementsAre(second, landed));
  EXPECT_THAT(ids({.path_glob = "in/*_2*"}), ElementsAre(second));
  EXPECT_THAT(ids({.path_glob = "*.out"}), ElementsAre(other));
  EXPECT_THAT(ids({.path_glob = "loan"}), IsEmpty());
  EXPECT_THAT(ids({.id_prefix = second.substr(0, 13)}), ElementsAre(second));
  EXPECT_THAT(ids({.id_prefix = second}), ElementsAre(second));
  EXPECT_THAT(ids({.provider = "affirm", .state = DeliveryState::kPending, .path_glob = "*1*"}),
              IsEmpty());
  EXPECT_THAT(ids({.limit = 2}), ElementsAre(other, second));
}

TEST_P(LedgerContract, AdoptedFileIsKnownAndDone) {
  ledger_->Adopt("affirm", File("a"), std::vector{Object("a")});
  const Known known = Lookup(File("a"));
  EXPECT_EQ(known.kind, Known::Kind::kKnown);
  EXPECT_EQ(known.delivery->state, DeliveryState::kAdopted);
  EXPECT_EQ(Discover(File("a")), "");
  EXPECT_FALSE(ledger_->TryClaim(known.delivery->id, "w", kLease));
  EXPECT_EQ(ledger_->Objects(known.delivery->id).at(0).etag, "etag");
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a"), known.delivery->id);
  ledger_->Adopt("affirm", File("a"), {});
  EXPECT_EQ(ledger_->Objects(known.delivery->id).size(), 1U) << "adopting twice changes nothing";
  EXPECT_EQ(Get(Discover(File("a", 11))).version, 2);
}

TEST_P(LedgerContract, WaitingFileCanBeAdoptedAndOneInWorkCanNot) {
  const std::string id = Discover(File("a"));
  const Claim claim = Take(id);
  const Error refused = Thrown([&] { ledger_->Adopt("affirm", File("a"), {}); });
  EXPECT_EQ(refused.kind, ErrorKind::kConflict);
  EXPECT_EQ(refused.scope, ErrorScope::kDelivery);
  ledger_->FailedRetry(claim, Failed(), ledger_->Now() + seconds(9));
  ledger_->Adopt("affirm", File("a", 12), std::vector{Object("a")});
  EXPECT_EQ(StateOf(id), DeliveryState::kAdopted);
  EXPECT_EQ(Get(id).bytes, 12U);
  EXPECT_FALSE(Get(id).next_try);
}

TEST_P(LedgerContract, ImportPutsBackWhatAManifestTellsOnce) {
  const std::string id = Land(File("a", 10, 50), "a", "content");
  const LandedRecord record{Get(id), ledger_->Objects(id)};
  const std::unique_ptr<LedgerUnderTest> lost = GetParam().make();
  const std::unique_ptr<Ledger> rebuilt = lost->Open();
  EXPECT_TRUE(rebuilt->Import(record));
  EXPECT_FALSE(rebuilt->Import(record));
  const Delivery delivery = rebuilt->Find(id).value();
  EXPECT_EQ(delivery.state, DeliveryState::kLanded);
  EXPECT_EQ(delivery.content, "content");
  EXPECT_EQ(delivery.landed, record.delivery.landed);
  EXPECT_EQ(delivery.discovered, record.delivery.discovered);
  EXPECT_EQ(rebuilt->Objects(id).at(0).entry, "entry of a");
  EXPECT_EQ(rebuilt->OwnerOfUrl("s3://bucket/a"), id);
  EXPECT_EQ(rebuilt->Discover("affirm", std::vector{File("a", 10, 50)})[0], "");
  EXPECT_FALSE(rebuilt->TryClaim(id, "w", kLease));
}

TEST_P(LedgerContract, ImportedVersionsKeepTheirOrderWhateverComesFirst) {
  for (const int version : {2, 3, 1}) {
    const std::string id = "version-" + std::to_string(version);
    ledger_->Import({.delivery = {.id = id,
                                  .provider = "affirm",
                                  .path = "a",
                                  .bytes = static_cast<uint64_t>(version),
                                  .modified = File("a").modified,
                                  .version = version},
                     .objects = {Object("a")}});
  }
  EXPECT_EQ(ledger_->OwnerOfUrl("s3://bucket/a"), "version-3");
  EXPECT_EQ(Lookup(File("a", 9)).delivery->id, "version-3");
  EXPECT_EQ(Get(Discover(File("a", 9))).version, 4);
}

TEST_P(LedgerContract, ImportTakesThePlaceOfTheSameFileWaitingAndGoesBeforeAnother) {
  const std::string waiting = Discover(File("a", 10));
  const std::string changed = Discover(File("b", 20));
  const auto record = [&](const std::string& id, const std::string& path) {
    return LandedRecord{.delivery = {.id = id,
                                     .provider = "affirm",
                                     .path = path,
                                     .bytes = 10,
                                     .modified = File(path).modified,
                                     .content = id},
                        .objects = {}};
  };
  EXPECT_TRUE(ledger_->Import(record("one", "a")));
  EXPECT_FALSE(ledger_->Find(waiting));
  EXPECT_EQ(Lookup(File("a", 10)).delivery->id, "one");
  EXPECT_TRUE(ledger_->Import(record("two", "b")));
  EXPECT_EQ(Get(changed).version, 2);
  EXPECT_EQ(Thrown([&] { ledger_->Import(record("three", "b")); }).kind, ErrorKind::kConflict);
  EXPECT_EQ(Get(changed).version, 2);
}

}  // namespace
}  // namespace octo::ledger
