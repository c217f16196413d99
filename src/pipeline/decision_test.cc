#include "pipeline/decision.h"

#include <gtest/gtest.h>

namespace octo::pipeline {
namespace {

using To = Decision::Delivery;

const WallTime kNow = *ParseTime("2026-05-01T06:30:00Z");

Decision DecisionFor(ErrorKind kind, ErrorScope scope, const ledger::Delivery& delivery = {},
                     double random = 0) {
  return Decide(Error(kind, scope, "download", "x"), delivery, provider::Provider{}, kNow, random);
}

TEST(Decision, OnlyDeliveryScopeCanQuarantine) {
  for (const auto kind :
       {ErrorKind::kTransient, ErrorKind::kIncomplete, ErrorKind::kPermanent, ErrorKind::kCorrupt,
        ErrorKind::kDenied, ErrorKind::kConflict, ErrorKind::kUsage, ErrorKind::kBug}) {
    for (const auto scope :
         {ErrorScope::kProvider, ErrorScope::kDestination, ErrorScope::kProcess}) {
      const auto decision = DecisionFor(kind, scope);
      EXPECT_EQ(decision.delivery, To::kGiveBack) << Name(kind) << " " << Name(scope);
      EXPECT_TRUE(decision.end_run);
    }
  }
}

TEST(Decision, CorruptAndPermanentAreQuarantinedAndTheRunGoesOn) {
  for (const auto kind : {ErrorKind::kCorrupt, ErrorKind::kPermanent, ErrorKind::kUsage}) {
    const auto decision = DecisionFor(kind, ErrorScope::kDelivery);
    EXPECT_EQ(decision.delivery, To::kQuarantine);
    EXPECT_FALSE(decision.end_run);
  }
}

TEST(Decision, IncompleteIsLookedAtAgainUntilItsDeadline) {
  ledger::Delivery delivery;
  EXPECT_EQ(DecisionFor(ErrorKind::kIncomplete, ErrorScope::kDelivery, delivery).delivery,
            To::kRetry);
  delivery.incomplete_since = kNow - std::chrono::hours(23);
  EXPECT_EQ(DecisionFor(ErrorKind::kIncomplete, ErrorScope::kDelivery, delivery).delivery,
            To::kRetry);
  delivery.incomplete_since = kNow - std::chrono::hours(24);
  EXPECT_EQ(DecisionFor(ErrorKind::kIncomplete, ErrorScope::kDelivery, delivery).delivery,
            To::kQuarantine);
}

TEST(Decision, CancelledIsGivenBackWhateverTheScope) {
  const auto decision = DecisionFor(ErrorKind::kCancelled, ErrorScope::kDelivery);
  EXPECT_EQ(decision.delivery, To::kGiveBack);
  EXPECT_TRUE(decision.end_run);
}

TEST(Decision, ALostLeaseIsSomebodyElsesDelivery) {
  const auto decision = Decide(ledger::LeaseLost({}), {}, {}, kNow, 0);
  EXPECT_EQ(decision.delivery, To::kLeaseLost);
  EXPECT_FALSE(decision.end_run);
}

TEST(Decision, RetriesBackOffAndAreSpreadAndBounded) {
  ledger::Delivery delivery;
  WallTime last = kNow;
  for (delivery.tries = 0; delivery.tries < 6; ++delivery.tries) {
    const auto soonest =
        DecisionFor(ErrorKind::kTransient, ErrorScope::kDelivery, delivery, 0).next_try;
    const auto latest =
        DecisionFor(ErrorKind::kTransient, ErrorScope::kDelivery, delivery, 0.999).next_try;
    EXPECT_GT(soonest, last) << "after " << delivery.tries << " tries";
    EXPECT_LT(soonest, latest);
    last = soonest;
  }
  delivery.tries = 1000;
  EXPECT_LE(DecisionFor(ErrorKind::kTransient, ErrorScope::kDelivery, delivery, 0.999).next_try,
            kNow + std::chrono::hours(1));
}

TEST(Decision, ExitCodesAreTheDocumentedOnes) {
  const auto code = [](ErrorKind kind, ErrorScope scope) {
    return ExitCodeOf(Error(kind, scope, "x", "x"));
  };
  EXPECT_EQ(code(ErrorKind::kTransient, ErrorScope::kProvider), 4);
  EXPECT_EQ(code(ErrorKind::kDenied, ErrorScope::kDestination), 5);
  EXPECT_EQ(code(ErrorKind::kUsage, ErrorScope::kProcess), 3);
  EXPECT_EQ(code(ErrorKind::kBug, ErrorScope::kProcess), 6);
  EXPECT_EQ(code(ErrorKind::kCorrupt, ErrorScope::kDelivery), 1);
  EXPECT_EQ(code(ErrorKind::kCancelled, ErrorScope::kProcess), 130);
}

}  // namespace
}  // namespace octo::pipeline
