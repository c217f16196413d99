#include <gmock/gmock.h>

#include "ledger/ledger_contract.h"

namespace octo::ledger {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

OutboxItem Item(const std::string& action, const std::string& payload = "{}") {
  return {.action = action, .payload = payload};
}

std::vector<std::string> Actions(const std::vector<OutboxItem>& items) {
  std::vector<std::string> result;
  for (const OutboxItem& item : items) result.push_back(item.action);
  return result;
}

TEST_P(LedgerContract, OutboxHoldsWhatTheLandingGaveIt) {
  const Claim claim = Take(Discover(File("a")));
  Commit(claim, "a");
  EXPECT_THAT(ledger_->ClaimOutbox("affirm", 10, kLease), IsEmpty());
  ledger_->Landed(claim, {}, std::vector{Item("manifest", R"({"x":1})")});
  EXPECT_THAT(ledger_->ClaimOutbox("bloomberg", 10, kLease), IsEmpty());
  const std::vector<OutboxItem> items = ledger_->ClaimOutbox("affirm", 10, kLease);
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(items[0].delivery, claim.delivery.id);
  EXPECT_EQ(items[0].action, "manifest");
  EXPECT_EQ(items[0].payload, R"({"x":1})");
  EXPECT_EQ(items[0].tries, 0);
  EXPECT_FALSE(items[0].error);
}

TEST_P(LedgerContract, OutboxItemIsLeasedAndComesAgainUntilDone) {
  const Claim claim = Take(Discover(File("a")));
  Commit(claim, "a");
  ledger_->Landed(claim, {}, std::vector{Item("manifest")});
  const OutboxItem item = ledger_->ClaimOutbox("affirm", 10, kLease).at(0);
  EXPECT_THAT(database_->Open()->ClaimOutbox("affirm", 10, kLease), IsEmpty());
  database_->Advance(kLease);
  EXPECT_EQ(ledger_->ClaimOutbox("affirm", 10, kLease).at(0).id, item.id);
  ledger_->OutboxDone(item.id);
  database_->Advance(kLease);
  EXPECT_THAT(ledger_->ClaimOutbox("affirm", 10, kLease), IsEmpty());
  ledger_->OutboxDone(item.id);
}

TEST_P(LedgerContract, OutboxItemsOfOneDeliveryAreDoneInTheirOrder) {
  const Claim a = Take(Discover(File("a")));
  const Claim b = Take(Discover(File("b")));
  Commit(a, "a");
  Commit(b, "b");
  ledger_->Landed(a, {}, std::vector{Item("a-manifest"), Item("a-delete")});
  ledger_->Landed(b, {}, std::vector{Item("b-manifest"), Item("b-delete")});
  EXPECT_THAT(Actions(ledger_->ClaimOutbox("affirm", 1, kLease)), ElementsAre("a-manifest"));
  const std::vector<OutboxItem> of_b = ledger_->ClaimOutbox("affirm", 10, kLease);
  EXPECT_THAT(Actions(of_b), ElementsAre("b-manifest"));
  ledger_->OutboxDone(of_b[0].id);
  EXPECT_THAT(Actions(ledger_->ClaimOutbox("affirm", 10, kLease)), ElementsAre("b-delete"));
  EXPECT_THAT(ledger_->ClaimOutbox("affirm", 10, kLease), IsEmpty());
}

TEST_P(LedgerContract, FailedOutboxItemHoldsBackItsDeliveryUntilItIsDue) {
  const Claim claim = Take(Discover(File("a")));
  Commit(claim, "a");
  ledger_->Landed(claim, {}, std::vector{Item("manifest"), Item("delete")});
  const OutboxItem item = ledger_->ClaimOutbox("affirm", 10, kLease).at(0);
  ledger_->OutboxFailed(item.id, Failed(ErrorKind::kDenied), ledger_->Now() + seconds(20));
  EXPECT_THAT(ledger_->ClaimOutbox("affirm", 10, kLease), IsEmpty());
  database_->Advance(seconds(20));
  const OutboxItem again = ledger_->ClaimOutbox("affirm", 10, kLease).at(0);
  EXPECT_EQ(again.id, item.id);
  EXPECT_EQ(again.tries, 1);
  EXPECT_EQ(again.error->kind, ErrorKind::kDenied);
  EXPECT_EQ(again.error->hint, Failed().hint);
}

}  // namespace
}  // namespace octo::ledger
