#include "pipeline/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <sstream>
#include <thread>

#include "ledger/sqlite_ledger.h"
#include "openpgp/rnp_decryptor.h"
#include "pipeline/adopt.h"
#include "pipeline/shadow.h"
#include "pipeline/worker.h"
#include "remote/folder/local_folder.h"
#include "storage/open_store.h"

// Whole runs over real parts: a local folder as the vendor, a folder as the destination, SQLite.
namespace octo::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pair;
using testing::UnorderedElementsAre;

// Remembers what a run told.
class Recorder final : public RunObserver {
 public:
  void Planned(const std::string&, const Plan&) override {}
  void Started(const std::string& delivery, const PlannedFile& file,
               const stream::Progress& progress) override {
    ++started;
    running_[delivery] = {&progress, file.entry.bytes};
  }
  void Ended(const DeliveryResult& result) override {
    ended.push_back(result);
    const auto [progress, bytes] = running_.at(result.id);
    if (result.state == "landed" && result.bytes > 0) {  // not one that was only published
      EXPECT_EQ(progress->bytes, bytes) << "progress is the transfer's";
    }
  }
  void GivenBack(const std::string&) override { ++given_back; }
  void Waiting(size_t, std::chrono::seconds) override {}
  void Retrying(const DeliveryResult&, WallTime) override {}

  std::vector<std::pair<std::string, std::string>> States() const {
    std::vector<std::pair<std::string, std::string>> states;
    for (const auto& result : ended) states.emplace_back(result.name, result.state);
    return states;
  }

  int started = 0;
  int given_back = 0;
  std::vector<DeliveryResult> ended;

 private:
  std::map<std::string, std::pair<const stream::Progress*, uint64_t>> running_;
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() {
    char pattern[] = "/tmp/octo-runner-XXXXXX";
    folder_ = mkdtemp(pattern);
    fs::create_directories(folder_ / "inbox");
    provider_.name = "affirm";
    provider_.settle = std::chrono::seconds(0);
    Connect();
  }
  ~RunnerTest() override { fs::remove_all(folder_); }

  void Connect() {
    remote_ = remote::MakeLocalFolder((folder_ / "inbox").string());
    store_ = storage::OpenStore((folder_ / "landed").string());
    ledger_ = ledger::OpenSqliteLedger((folder_ / "octo.db").string());
    decryptor_ = openpgp::MakeRnpDecryptor({}, {});
  }

  Site MakeSite(const std::string& worker = ThisWorker()) {
    return {.provider = provider_,
            .remote = *remote_,
            .store = *store_,
            .ledger = *ledger_,
            .decryptor = *decryptor_,
            .openpgp_policy = {},
            .limits = {},
            .budget = budget_,
            .worker = worker};
  }

  void Put(const std::string& name, const std::string& content) {
    std::ofstream(folder_ / "inbox" / name) << content;
  }

  RunResult RunOnce(Recorder& recorder, std::stop_token stop = {}, RunOptions options = {}) {
    const Site site = MakeSite();
    options.look_again = false;
    return pipeline::Run(site, options, recorder, std::move(stop));
  }

  std::map<std::string, std::string> Landed() const {
    std::map<std::string, std::string> found;
    const fs::path data = folder_ / "landed" / "data";
    if (!fs::exists(data)) return found;
    for (const auto& entry : fs::recursive_directory_iterator(data)) {
      if (!entry.is_regular_file()) continue;
      std::ifstream file(entry.path());
      std::stringstream text;
      text << file.rdbuf();
      found[fs::relative(entry.path(), data).string()] = text.str();
    }
    return found;
  }

  fs::path folder_;
  provider::Provider provider_;
  stream::MemoryBudget budget_{size_t{128} << 20};
  std::unique_ptr<remote::RemoteFolder> remote_;
  std::unique_ptr<storage::ObjectStore> store_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<openpgp::Decryptor> decryptor_;
};

TEST_F(RunnerTest, LandsWhatIsNewOnceAndGivesAllMemoryBack) {
  for (int i = 0; i < 60; ++i)
    Put("f" + std::to_string(i) + ".csv", "content " + std::to_string(i));
  Put("large.csv", std::string(9 << 20, 'x'));
  Recorder first;
  const auto result = RunOnce(first);
  EXPECT_EQ(result.ExitCode(), 0) << (result.error ? Describe(*result.error) : "");
  EXPECT_EQ(result.counts.landed, 61);
  EXPECT_EQ(Landed().size(), 61u);
  EXPECT_EQ(Landed()["csv/affirm/f7.csv"], "content 7");
  EXPECT_EQ(budget_.used(), 0u);

  Recorder second;
  EXPECT_EQ(RunOnce(second).counts.known, 61);
  EXPECT_TRUE(second.ended.empty());
}

TEST_F(RunnerTest, WritesAManifestForEachDelivery) {
  Put("a.csv", "1");
  Recorder recorder;
  RunOnce(recorder);
  size_t manifests = 0;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "landed" / "manifests")) {
    manifests += entry.is_regular_file() ? 1 : 0;
  }
  EXPECT_EQ(manifests, 1u);
}

TEST_F(RunnerTest, ABadDeliveryIsQuarantinedAndTheOthersLand) {
  Put("good.csv", "1");
  Put("bad.csv.gz", std::string("\x1f\x8b\x08\x00rubbish", 11));
  Recorder recorder;
  const auto result = RunOnce(recorder);
  EXPECT_EQ(result.ExitCode(), 1);
  EXPECT_EQ(result.counts.landed, 1);
  EXPECT_EQ(result.counts.failed + result.counts.quarantined, 1);
  EXPECT_THAT(Landed(), ElementsAre(Pair("csv/affirm/good.csv", "1")));
}

TEST_F(RunnerTest, TwoRunsAtOnceShareTheWork) {
  for (int i = 0; i < 80; ++i) Put("f" + std::to_string(i) + ".csv", std::to_string(i));
  Recorder recorders[2];
  RunResult results[2];
  {
    const auto other_ledger = ledger::OpenSqliteLedger((folder_ / "octo.db").string());
    const Site second{.provider = provider_,
                      .remote = *remote_,
                      .store = *store_,
                      .ledger = *other_ledger,
                      .decryptor = *decryptor_,
                      .openpgp_policy = {},
                      .limits = {},
                      .budget = budget_,
                      .worker = "elsewhere:1:1"};
    std::jthread one([&] { results[0] = RunOnce(recorders[0]); });
    std::jthread two(
        [&] { results[1] = pipeline::Run(second, {.look_again = false}, recorders[1], {}); });
  }
  EXPECT_EQ(results[0].counts.landed + results[1].counts.landed, 80);
  EXPECT_EQ(Landed().size(), 80u);
}

TEST_F(RunnerTest, ACancelledRunGivesBackAndTheNextOneContinues) {
  for (int i = 0; i < 40; ++i) Put("f" + std::to_string(i) + ".csv", std::string(200'000, 'a'));
  std::stop_source stop;
  Recorder cancelled;
  RunResult result;
  {
    std::jthread run([&] { result = RunOnce(cancelled, stop.get_token()); });
    std::this_thread::sleep_for(std::chrono::milliseconds(30));
    stop.request_stop();
  }
  if (result.counts.landed < 40) {
    EXPECT_EQ(result.ExitCode(), 130);
  }
  for (const auto& [name, content] : Landed()) EXPECT_EQ(content.size(), 200'000u);
  Recorder next;
  const auto rest = RunOnce(next);
  EXPECT_EQ(rest.ExitCode(), 0);
  EXPECT_EQ(rest.counts.landed + rest.counts.known, 40);
  EXPECT_EQ(Landed().size(), 40u);
}

TEST_F(RunnerTest, AProviderThatFailsEndsTheRunAndQuarantinesNothing) {
  Put("a.csv", "1");
  remote_ = remote::MakeLocalFolder((folder_ / "not-there").string());
  Recorder recorder;
  const auto result = RunOnce(recorder);
  EXPECT_EQ(result.ExitCode(), 4);
  ASSERT_TRUE(result.error);
  EXPECT_EQ(result.error->scope, ErrorScope::kProvider);
  EXPECT_EQ(result.state, ledger::JobState::kFailed);
  EXPECT_TRUE(ledger_->Deliveries({}).empty());
}

TEST_F(RunnerTest, ADestinationThatFailsEndsTheRunAndLeavesTheDeliveriesPending) {
  Put("a.csv", "1");
  std::ofstream(folder_ / "file") << "no folder";
  store_ = storage::OpenStore((folder_ / "file" / "below").string());
  Recorder recorder;
  const auto result = RunOnce(recorder);
  EXPECT_EQ(result.ExitCode(), 5) << (result.error ? Describe(*result.error) : "no error");
  for (const auto& delivery : ledger_->Deliveries({})) {
    EXPECT_EQ(delivery.state, ledger::DeliveryState::kPending);
  }
  store_ = storage::OpenStore((folder_ / "landed").string());
  Recorder next;
  EXPECT_EQ(RunOnce(next).ExitCode(), 0);
  EXPECT_THAT(Landed(), ElementsAre(Pair("csv/affirm/a.csv", "1")));
}

TEST_F(RunnerTest, ShadowWritesNothingAtAll) {
  Put("a.csv", "1");
  Recorder recorder;
  const Site site = MakeSite();
  const auto result = RunShadow(site, {}, recorder, {});
  EXPECT_THAT(recorder.States(), ElementsAre(Pair("a.csv", "missing")));
  EXPECT_EQ(result.ExitCode(), 0);
  EXPECT_FALSE(fs::exists(folder_ / "landed" / "data"));
  EXPECT_TRUE(ledger_->Deliveries({}).empty());
  EXPECT_TRUE(ledger_->Jobs({}, 10).empty());
}

TEST_F(RunnerTest, AdoptionLooksAtTheNameTheProviderAndTheAge) {
  Put("old.csv", "1");
  Put("changed.csv", "2");
  Put("new.csv", "3");
  fs::create_directories(folder_ / "landed/data/csv/affirm");
  fs::create_directories(folder_ / "landed/data/csv/bloomberg");
  std::ofstream(folder_ / "landed/data/csv/affirm/old.csv") << "1";
  std::ofstream(folder_ / "landed/data/csv/affirm/changed.csv") << "1";
  std::ofstream(folder_ / "landed/data/csv/bloomberg/new.csv") << "3";
  const auto now = fs::file_time_type::clock::now();
  fs::last_write_time(folder_ / "landed/data/csv/affirm/changed.csv", now - std::chrono::hours(48));
  const Site site = MakeSite();
  const auto adoptions = FindAdoptions(site, {});
  ASSERT_EQ(adoptions.size(), 1u);
  EXPECT_EQ(adoptions.front().file.entry.path, "old.csv");
  Adopt(site, adoptions);
  EXPECT_THROW(Adopt(site, adoptions), Error) << "the ledger has deliveries now";
}

}  // namespace
}  // namespace octo::pipeline
