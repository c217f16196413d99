#include <gmock/gmock.h>

#include "ledger/ledger_contract.h"

namespace octo::ledger {
namespace {

using std::chrono::seconds;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr JobCounts kCounts = {.landed = 1,
                               .failed = 2,
                               .quarantined = 3,
                               .skipped = 4,
                               .known = 5,
                               .adopted = 6,
                               .conflict = 7,
                               .bytes = 8'000'000'000};

TEST_P(LedgerContract, JobKeepsWhatHappened) {
  const std::string id = ledger_->StartJob("affirm", "run", "host:1");
  const Job running = ledger_->FindJob(id).value();
  EXPECT_EQ(running.provider, "affirm");
  EXPECT_EQ(running.kind, "run");
  EXPECT_EQ(running.worker, "host:1");
  EXPECT_EQ(running.state, JobState::kRunning);
  EXPECT_EQ(running.started, ledger_->Now());
  EXPECT_FALSE(running.finished || running.error);
  EXPECT_EQ(running.counts, JobCounts());
  database_->Advance(seconds(4));
  ledger_->FinishJob(id, JobState::kFailed, kCounts, R"({"bottleneck":"vendor"})", Failed());
  const Job finished = ledger_->FindJob(id).value();
  EXPECT_EQ(finished.state, JobState::kFailed);
  EXPECT_EQ(finished.counts, kCounts);
  EXPECT_EQ(finished.details, R"({"bottleneck":"vendor"})");
  EXPECT_EQ(finished.finished, ledger_->Now());
  EXPECT_EQ(finished.error->message, Failed().message);
  EXPECT_FALSE(ledger_->FindJob("nobody"));
}

TEST_P(LedgerContract, JobsAreListedNewestFirst) {
  const std::string first = ledger_->StartJob("affirm", "run", "w");
  const std::string second = ledger_->StartJob("bloomberg", "run", "w");
  const std::string third = ledger_->StartJob("affirm", "run", "w");
  const auto ids = [&](const std::optional<std::string>& provider, int limit) {
    std::vector<std::string> result;
    for (const Job& job : ledger_->Jobs(provider, limit)) result.push_back(job.id);
    return result;
  };
  EXPECT_THAT(ids(std::nullopt, 10), ElementsAre(third, second, first));
  EXPECT_THAT(ids("affirm", 10), ElementsAre(third, first));
  EXPECT_THAT(ids("affirm", 1), ElementsAre(third));
  EXPECT_THAT(ids("nobody", 10), IsEmpty());
}

TEST_P(LedgerContract, JobWhoseWorkerIsGoneIsInterrupted) {
  const std::string gone = ledger_->StartJob("affirm", "run", "w");
  const std::string alive = ledger_->StartJob("affirm", "run", "w");
  database_->Advance(kFirstJobLease - seconds(1));
  ledger_->RenewJob(alive, kCounts, seconds(60));
  EXPECT_EQ(ledger_->FindJob(gone)->state, JobState::kRunning);
  EXPECT_EQ(ledger_->FindJob(alive)->counts, kCounts) << "progress can be watched";
  const WallTime end = ledger_->Now() + seconds(1);
  database_->Advance(seconds(30));
  EXPECT_EQ(ledger_->Jobs(std::nullopt, 10).at(1).state, JobState::kInterrupted);
  EXPECT_EQ(ledger_->FindJob(gone)->finished, end);
  EXPECT_EQ(ledger_->FindJob(alive)->state, JobState::kRunning);
}

TEST_P(LedgerContract, WorkerThatWasOnlySlowBringsItsJobBack) {
  const std::string slow = ledger_->StartJob("affirm", "run", "w");
  const std::string late = ledger_->StartJob("affirm", "run", "w");
  database_->Advance(kFirstJobLease);
  ASSERT_EQ(ledger_->FindJob(slow)->state, JobState::kInterrupted);
  ledger_->RenewJob(slow, kCounts, seconds(60));
  EXPECT_EQ(ledger_->FindJob(slow)->state, JobState::kRunning);
  EXPECT_FALSE(ledger_->FindJob(slow)->finished);
  ledger_->FinishJob(late, JobState::kComplete, kCounts, "", std::nullopt);
  EXPECT_EQ(ledger_->FindJob(late)->state, JobState::kComplete);
}

TEST_P(LedgerContract, FinishedJobStaysFinished) {
  const std::string id = ledger_->StartJob("affirm", "run", "w");
  EXPECT_EQ(Thrown([&] { ledger_->FinishJob(id, JobState::kRunning, {}, "", {}); }).kind,
            ErrorKind::kBug);
  ledger_->FinishJob(id, JobState::kCancelled, kCounts, "", std::nullopt);
  ledger_->RenewJob(id, {}, seconds(60));
  EXPECT_EQ(Thrown([&] { ledger_->FinishJob(id, JobState::kComplete, {}, "", {}); }).kind,
            ErrorKind::kBug);
  database_->Advance(kFirstJobLease);
  EXPECT_EQ(ledger_->FindJob(id)->state, JobState::kCancelled);
  EXPECT_EQ(ledger_->FindJob(id)->counts, kCounts);
}

TEST_P(LedgerContract, EventsOfAJobOrDeliveryComeInTheirOrder) {
  const WallTime at = ledger_->Now() - seconds(5);
  ledger_->AddEvent({.at = at, .job = "j", .delivery = "d", .kind = "claimed", .text = "one"});
  ledger_->AddEvent({.at = {}, .job = "j", .delivery = "e", .kind = "landed", .text = "two"});
  ledger_->AddEvent({.at = {}, .job = "k", .delivery = "d", .kind = "failed", .text = "three"});
  const auto texts = [&](const std::string& of, int limit) {
    std::vector<std::string> result;
    for (const Event& event : ledger_->Events(of, limit)) result.push_back(event.text);
    return result;
  };
  EXPECT_THAT(texts("j", 10), ElementsAre("one", "two"));
  EXPECT_THAT(texts("d", 10), ElementsAre("one", "three"));
  EXPECT_THAT(texts("d", 1), ElementsAre("three"));
  EXPECT_THAT(texts("nobody", 10), IsEmpty());
  const std::vector<Event> events = ledger_->Events("j", 10);
  EXPECT_EQ(events[0].at, at);
  EXPECT_EQ(events[0].delivery, "d");
  EXPECT_EQ(events[0].kind, "claimed");
  EXPECT_EQ(events[1].at, ledger_->Now());
}

TEST_P(LedgerContract, ProfileOfAVendorIsKept) {
  EXPECT_EQ(ledger_->Profile("affirm"), "");
  ledger_->SaveProfile("affirm", R"({"window":64})");
  ledger_->SaveProfile("bloomberg", "{}");
  ledger_->SaveProfile("affirm", R"({"window":128})");
  EXPECT_EQ(database_->Open()->Profile("affirm"), R"({"window":128})");
}

}  // namespace
}  // namespace octo::ledger
