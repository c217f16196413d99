#include <gmock/gmock.h>

#include <mutex>
#include <set>
#include <thread>

#include "ledger/ledger_contract.h"

namespace octo::ledger {

void LedgerContract::ExpectLost(const Claim& claim) {
  const std::vector<std::pair<std::string, std::function<void()>>> calls = {
      {"Renew", [&] { ledger_->Renew(claim, kLease); }},
      {"RecordKey", [&] { ledger_->RecordKey(claim, "key"); }},
      {"Cleaned", [&] { ledger_->Cleaned(claim); }},
      {"SameContent", [&] { ledger_->SameContent(claim, "content"); }},
      {"Duplicate", [&] { ledger_->Duplicate(claim, claim.delivery.id); }},
      {"Committing", [&] { Commit(claim, "key"); }},
      {"Landed", [&] { ledger_->Landed(claim, {}, {}); }},
      {"FailedRetry", [&] { ledger_->FailedRetry(claim, Failed(), ledger_->Now()); }},
      {"FailedQuarantine", [&] { ledger_->FailedQuarantine(claim, Failed()); }},
      {"Conflict", [&] { ledger_->Conflict(claim, Failed()); }},
      {"Lost", [&] { ledger_->Lost(claim, "why"); }},
      {"Released", [&] { ledger_->Released(claim); }},
  };
  for (const auto& [name, call] : calls) {
    SCOPED_TRACE(name);
    const Error error = Thrown(call);
    EXPECT_TRUE(IsLeaseLost(error)) << Describe(error);
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
  }
}

namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

TEST_P(LedgerContract, ClaimedDeliveryIsNobodyElses) {
  const std::string id = Discover(File("a"));
  const Claim claim = Take(id, "worker-7");
  EXPECT_EQ(claim.worker, "worker-7");
  EXPECT_EQ(claim.delivery.id, id);
  EXPECT_EQ(claim.delivery.state, DeliveryState::kFetching);
  EXPECT_FALSE(claim.roll_forward);
  EXPECT_THAT(claim.leftover_keys, IsEmpty());
  EXPECT_EQ(StateOf(id), DeliveryState::kFetching);
  EXPECT_FALSE(ledger_->TryClaim(id, "worker-8", kLease));
  EXPECT_FALSE(database_->Open()->TryClaim(id, "worker-8", kLease));
}

TEST_P(LedgerContract, UnknownDeliveryCanNotBeClaimed) {
  EXPECT_FALSE(ledger_->TryClaim("nobody", "w", kLease));
  EXPECT_FALSE(ledger_->Find("nobody"));
  EXPECT_FALSE(ledger_->Replay("nobody"));
}

TEST_P(LedgerContract, LeaseThatRanOutIsKeptUntilSomebodyTakesIt) {
  const Claim claim = Take(Discover(File("a")));
  database_->Advance(10 * kLease);
  ledger_->RecordKey(claim, "a");
  ledger_->Renew(claim, kLease);
  EXPECT_FALSE(ledger_->TryClaim(claim.delivery.id, "worker-2", kLease)) << "it was renewed";
  database_->Advance(10 * kLease);
  Commit(claim, "a");
  ledger_->Landed(claim, std::vector{Object("a")}, {});
  EXPECT_EQ(StateOf(claim.delivery.id), DeliveryState::kLanded);
}

TEST_P(LedgerContract, ClaimsOfAWorkerThatIsKnownToBeDeadAreFreeAtOnce) {
  const std::string id = Discover(File("a"));
  const std::string other = Discover(File("b"));
  const Claim dead = Take(id, "dead");
  Take(other, "alive");
  EXPECT_THAT(ledger_->Workers("affirm"), ElementsAre("alive", "dead"));
  EXPECT_THAT(ledger_->Workers("bloomberg"), IsEmpty());
  ledger_->WorkerIsGone("dead");
  EXPECT_THAT(ledger_->Workers("affirm"), ElementsAre("alive"));
  EXPECT_THAT(ledger_->Abandoned("affirm"), ElementsAre(id));
  EXPECT_FALSE(ledger_->TryClaim(other, "fresh", kLease));
  Take(id, "fresh");
  ExpectLost(dead);
}

TEST_P(LedgerContract, RenewedLeaseLastsFromNow) {
  const Claim claim = Take(Discover(File("a")));
  database_->Advance(kLease - seconds(1));
  ledger_->Renew(claim, kLease);
  database_->Advance(kLease - seconds(1));
  EXPECT_FALSE(ledger_->TryClaim(claim.delivery.id, "worker-2", kLease));
  EXPECT_THAT(ledger_->Abandoned("affirm"), IsEmpty());
  database_->Advance(seconds(1));
  EXPECT_THAT(ledger_->Abandoned("affirm"), ElementsAre(claim.delivery.id));
}

TEST_P(LedgerContract, TakenOverWorkerIsFencedFromEveryCall) {
  const std::string id = Discover(File("a"));
  const Claim old = Take(id, "frozen");
  database_->Advance(kLease);
  const Claim current = Take(id, "fresh");
  EXPECT_GT(current.token, old.token);
  EXPECT_NE(current.attempt, old.attempt);
  ExpectLost(old);
  Commit(current, "a");
  ExpectLost(old);
  ledger_->Landed(current, std::vector{Object("a")}, {});
  EXPECT_EQ(StateOf(id), DeliveryState::kLanded);
}

TEST_P(LedgerContract, EndedClaimIsFencedFromEveryCall) {
  const std::string id = Discover(File("a"));
  const Claim released = Take(id);
  ledger_->Released(released);
  ExpectLost(released);
  const Claim failed = Take(id);
  ledger_->FailedRetry(failed, Failed(), ledger_->Now());
  ExpectLost(failed);
  const Claim landed = Take(id);
  Commit(landed, "a");
  ledger_->Landed(landed, {}, {});
  ExpectLost(landed);
}

TEST_P(LedgerContract, DeadWorkersKeysAreLeftOverUntilCleaned) {
  const std::string id = Discover(File("a"));
  const Claim first = Take(id);
  ledger_->RecordKey(first, "k2");
  ledger_->RecordKey(first, "k1");
  ledger_->RecordKey(first, "k1");
  database_->Advance(kLease);
  const Claim second = Take(id);
  EXPECT_THAT(second.leftover_keys, ElementsAre("k1", "k2"));
  ledger_->RecordKey(second, "k3");
  database_->Advance(kLease);
  const Claim third = Take(id);
  EXPECT_THAT(third.leftover_keys, ElementsAre("k1", "k2", "k3"));
  ledger_->RecordKey(third, "k1");
  ledger_->Cleaned(third);
  ledger_->FailedRetry(third, Failed(), ledger_->Now());
  EXPECT_THAT(Take(id).leftover_keys, ElementsAre("k1")) << "its own key is not cleaned";
}

TEST_P(LedgerContract, DeadWorkerCountsAsATryAndAGivenBackClaimDoesNot) {
  const std::string id = Discover(File("a"));
  ledger_->Released(Take(id));
  EXPECT_EQ(Get(id).tries, 0);
  EXPECT_EQ(StateOf(id), DeliveryState::kPending);
  Take(id);
  database_->Advance(kLease);
  EXPECT_EQ(Take(id).delivery.tries, 1);
  EXPECT_EQ(Get(id).tries, 1);
}

TEST_P(LedgerContract, FailureIsStoredWholeAndTriedAgainWhenDue) {
  const std::string id = Discover(File("a"));
  ledger_->FailedRetry(Take(id), Failed(), ledger_->Now() + seconds(30));
  const Delivery delivery = Get(id);
  EXPECT_EQ(delivery.state, DeliveryState::kPending);
  EXPECT_EQ(delivery.tries, 1);
  EXPECT_EQ(delivery.next_try, ledger_->Now() + seconds(30));
  EXPECT_FALSE(delivery.incomplete_since);
  ASSERT_TRUE(delivery.error);
  EXPECT_EQ(delivery.error->kind, ErrorKind::kTransient);
  EXPECT_EQ(delivery.error->scope, ErrorScope::kDelivery);
  EXPECT_EQ(delivery.error->stage, "download");
  EXPECT_EQ(delivery.error->message, Failed().message);
  EXPECT_EQ(delivery.error->hint, Failed().hint);
  EXPECT_EQ(Discover(File("a")), id);
  EXPECT_FALSE(IsDue(id));
  database_->Advance(seconds(30));
  const Claim again = Take(id);
  EXPECT_EQ(again.delivery.tries, 1);
  EXPECT_FALSE(again.delivery.next_try);
}

TEST_P(LedgerContract, IncompleteRemembersSinceWhenInARow) {
  const std::string id = Discover(File("a"));
  const WallTime first = ledger_->Now();
  ledger_->FailedRetry(Take(id), Failed(ErrorKind::kIncomplete), first);
  database_->Advance(seconds(9));
  ledger_->FailedRetry(Take(id), Failed(ErrorKind::kIncomplete), first);
  EXPECT_EQ(Get(id).incomplete_since, first);
  ledger_->Released(Take(id));
  EXPECT_EQ(Get(id).incomplete_since, first);
  ledger_->FailedRetry(Take(id), Failed(ErrorKind::kTransient), first);
  EXPECT_FALSE(Get(id).incomplete_since);
  EXPECT_EQ(Get(id).tries, 3);
}

TEST_P(LedgerContract, QuarantineHoldsUntilReplay) {
  const std::string id = Discover(File("a"));
  ledger_->FailedQuarantine(Take(id), Failed(ErrorKind::kCorrupt));
  EXPECT_EQ(StateOf(id), DeliveryState::kQuarantined);
  EXPECT_EQ(Get(id).error->kind, ErrorKind::kCorrupt);
  EXPECT_EQ(Get(id).tries, 1);
  database_->Advance(std::chrono::hours(1000));
  EXPECT_FALSE(IsDue(id));
  EXPECT_TRUE(ledger_->Replay(id));
  EXPECT_EQ(StateOf(id), DeliveryState::kPending);
  EXPECT_EQ(Get(id).tries, 0);
  EXPECT_FALSE(ledger_->Replay(id)) << "it is due already";
  EXPECT_TRUE(IsDue(id));
}

TEST_P(LedgerContract, ReplayMakesAFailedDeliveryDueAndLeavesOthersAlone) {
  const std::string id = Discover(File("a"));
  ledger_->FailedRetry(Take(id), Failed(), ledger_->Now() + seconds(3600));
  EXPECT_TRUE(ledger_->Replay(id));
  const Claim claim = Take(id);
  EXPECT_FALSE(ledger_->Replay(id));
  Commit(claim, "a");
  EXPECT_FALSE(ledger_->Replay(id));
  ledger_->Landed(claim, {}, {});
  EXPECT_FALSE(ledger_->Replay(id));
  EXPECT_EQ(StateOf(id), DeliveryState::kLanded);
}

TEST_P(LedgerContract, AbandonedNamesWhatIsHeldByNobodyAndDue) {
  const Claim fetching = Take(Discover(File("a")));
  const Claim committing = Take(Discover(File("b")));
  Commit(committing, "b");
  const Claim other =
      *ledger_->TryClaim(ledger_->Discover("bloomberg", std::vector{File("c")})[0], "w", kLease);
  EXPECT_THAT(ledger_->Abandoned("affirm"), IsEmpty());
  ledger_->Released(committing);
  EXPECT_THAT(ledger_->Abandoned("affirm"), ElementsAre(committing.delivery.id));
  database_->Advance(kLease);
  EXPECT_THAT(ledger_->Abandoned("affirm"),
              ElementsAre(committing.delivery.id, fetching.delivery.id));
  EXPECT_THAT(ledger_->Abandoned("bloomberg"), ElementsAre(other.delivery.id));
  ledger_->FailedRetry(Take(committing.delivery.id), Failed(), ledger_->Now() + seconds(5));
  EXPECT_THAT(ledger_->Abandoned("affirm"), ElementsAre(fetching.delivery.id));
  database_->Advance(seconds(5));
  EXPECT_THAT(ledger_->Abandoned("affirm"),
              ElementsAre(fetching.delivery.id, committing.delivery.id));
}

TEST_P(LedgerContract, ThreadsOnTwoConnectionsShareTheWorkWithoutDoubles) {
  std::vector<Candidate> files;
  for (int i = 0; i < 400; ++i) files.push_back(File("file-" + std::to_string(i)));
  const std::vector<std::string> ids = ledger_->Discover("affirm", files);
  const std::unique_ptr<Ledger> second = database_->Open();
  std::mutex mutex;
  std::multiset<std::string> claimed;
  const auto work = [&](Ledger& ledger) {
    for (const std::string& id : ids) {
      if (!ledger.TryClaim(id, "w", kLease)) continue;
      const std::lock_guard lock(mutex);
      claimed.insert(id);
    }
  };
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i)
      threads.emplace_back(work, std::ref(i % 2 == 0 ? *ledger_ : *second));
  }
  EXPECT_EQ(claimed, std::multiset<std::string>(ids.begin(), ids.end()));
}

}  // namespace
}  // namespace octo::ledger
