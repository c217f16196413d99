#include "pipeline/runner.h"

#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <mutex>
#include <random>
#include <set>
#include <thread>
#include <utility>

#include "base/log.h"
#include "pipeline/adopt.h"
#include "pipeline/decision.h"
#include "pipeline/lease_keeper.h"
#include "pipeline/outbox.h"
#include "pipeline/raw_copy.h"
#include "pipeline/work_queue.h"
#include "pipeline/worker.h"

namespace octo::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

// A failure that is due again so soon is tried again within the run.
constexpr std::chrono::seconds kRetryWithinRun{15};
// Small files mostly wait for round trips and disks, so more of them than cores are in flight.
constexpr int kSmallWorkers = 16;
constexpr size_t kLargeMinimumBytes = size_t{12} << 20;
constexpr size_t kSmallMinimumBytes = size_t{1} << 20;

// The state of one run, shared by its workers.
class RunState {
 public:
  RunState(const Site& site, const RunOptions& options, RunObserver& observer, std::stop_token stop)
      : site_(site),
        options_(options),
        observer_(observer),
        forward_(std::move(stop), [this] { stop_.request_stop(); }),
        queue_(std::max(1, site.provider.parallel_files)),
        leases_(site.ledger, site.lease) {}

  RunResult Go() {
    const auto start = Clock::now();
    result_.job = site_.ledger.StartJob(site_.provider.name, options_.kind, site_.worker);
    {
      const std::jthread heartbeat([this](const std::stop_token& stop) { Heartbeat(stop); });
      try {
        FreeClaimsOfTheDead();
        RecoverCommitted();
        AdoptFromOlderSystem();
        const Plan plan = Prepare();
        Work(plan);
        LookAgainAtYoung(plan);
      } catch (...) {
        NoteEnd(CurrentError("run"));
      }
      // Stopped, but nothing that was running noticed: what had not begun is left.
      if (stop_.stop_requested() && !result_.error) NoteEnd(Cancelled("run"));
      FinishOutbox();
    }
    SaveProfile();
    result_.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    FinishJob();
    return std::move(result_);
  }

 private:
  stream::Context ContextFor(std::stop_token stop, stream::Progress* progress) const {
    return {.stop = std::move(stop),
            .silence = site_.silence,
            .budget = &site_.budget,
            .progress = progress};
  }
  stream::Context ContextOfRun() { return ContextFor(stop_.get_token(), nullptr); }

  // Claims of processes of this host that have ended need not wait for their leases.
  void FreeClaimsOfTheDead() {
    for (const auto& worker : site_.ledger.Workers(site_.provider.name)) {
      if (!IsGone(worker)) continue;
      log::Info("worker {} has ended without finishing its work: taking it over", worker);
      site_.ledger.WorkerIsGone(worker);
    }
  }

  // Deliveries that reached their commit point and were left by their worker: published before
  // anything else.
  void RecoverCommitted() {
    for (const auto& id : site_.ledger.Abandoned(site_.provider.name)) {
      const auto delivery = site_.ledger.Find(id);
      if (!delivery || delivery->state != ledger::DeliveryState::kCommitting) continue;
      Process({.file = FileOf(*delivery), .delivery = id});
      recovered_.insert(id);
    }
  }

  static PlannedFile FileOf(const ledger::Delivery& delivery) {
    return {
        .entry = {.path = delivery.path, .bytes = delivery.bytes, .modified = delivery.modified},
        .delivery_id = delivery.id};
  }

  // The first run for a provider: what an older system landed is not fetched again.
  void AdoptFromOlderSystem() {
    if (!options_.only.empty() || site_.ledger.HasDeliveries(site_.provider.name)) return;
    const auto adoptions = FindAdoptions(site_, ContextOfRun());
    Adopt(site_, adoptions);
    const std::lock_guard lock(mutex_);
    result_.counts.adopted = static_cast<int64_t>(adoptions.size());
  }

  // Plans, makes what is to be fetched pending in the ledger, and fills the queue.
  Plan Prepare() {
    Plan plan =
        options_.only.empty() ? MakePlan(site_, options_.plan, ContextOfRun()) : PlanOfReplay();
    {
      const std::lock_guard lock(mutex_);
      // What this run has just recovered was reported as landed.
      result_.counts.known =
          std::count_if(plan.files.begin(), plan.files.end(), [&](const PlannedFile& file) {
            return file.verdict == Verdict::kKnown && !recovered_.contains(file.delivery_id);
          });
    }
    observer_.Planned(result_.job, plan);
    Enqueue(plan);
    return plan;
  }

  // A replay needs the vendor only for deliveries whose ciphertext was not kept.
  Plan PlanOfReplay() {
    Plan plan;
    bool all_kept = true;
    for (const auto& id : options_.only) {
      const auto delivery = site_.ledger.Find(id);
      if (!delivery) continue;
      all_kept = all_kept && options_.from_raw && RawCopyExists(site_, *delivery, ContextOfRun());
      plan.files.push_back(FileOf(*delivery));
    }
    if (all_kept) return plan;
    Plan listed = MakePlan(site_, {.take_young = true}, ContextOfRun());
    for (auto& file : plan.files) {
      for (auto& found : listed.files) {
        if (found.entry.path == file.entry.path)
          file.entry = found.entry, file.companions = found.companions;
      }
    }
    return plan;
  }

  void Enqueue(const Plan& plan) {
    std::vector<ledger::Candidate> candidates;
    std::vector<const PlannedFile*> files;
    for (const auto& file : plan.files) {
      if (file.verdict != Verdict::kFetch) continue;
      files.push_back(&file);
      candidates.push_back({file.entry.path, file.entry.bytes, file.entry.modified});
    }
    const auto ids = site_.ledger.Discover(site_.provider.name, candidates);
    for (size_t i = 0; i < files.size(); ++i) {
      if (!ids[i].empty()) queue_.Add({.file = *files[i], .delivery = ids[i]});
    }
  }

  void Work(const Plan& plan) {
    const auto small =
        std::count_if(plan.files.begin(), plan.files.end(), [](const PlannedFile& file) {
          return file.verdict == Verdict::kFetch && file.entry.bytes < pipeline::Work::kLargeBytes;
        });
    // parallel_files = 1 means one file at a time, whatever its size: some servers allow no more.
    const auto most = site_.provider.parallel_files <= 1 ? 1 : kSmallWorkers;
    const auto workers =
        std::max<int64_t>(site_.provider.parallel_files, std::min<int64_t>(small, most));
    std::vector<std::jthread> threads;
    for (int64_t i = 0; i < workers; ++i) {
      threads.emplace_back([this] {
        while (auto work = queue_.Take(stop_.get_token())) {
          Process(*work);
          queue_.Done(*work);
        }
      });
    }
  }

  // Files whose only fault was their age are ready when they look the same one settle time later.
  void LookAgainAtYoung(const Plan& first) {
    std::vector<const PlannedFile*> young;
    for (const auto& file : first.files) {
      if (file.verdict == Verdict::kNotReady && file.only_young) young.push_back(&file);
    }
    if (young.empty() || stop_.stop_requested() || !options_.look_again || options_.plan.limit)
      return;
    const auto wait_until = planned_at_ + site_.provider.settle;
    observer_.Waiting(young.size(),
                      std::chrono::ceil<std::chrono::seconds>(wait_until - Clock::now()));
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    never.wait_until(lock, stop_.get_token(), wait_until, [] { return false; });
    if (stop_.stop_requested()) return;

    PlanOptions again = options_.plan;
    again.take_young = true;
    Plan second = MakePlan(site_, again, ContextOfRun());
    std::erase_if(second.files, [&](const PlannedFile& file) {
      return std::none_of(young.begin(), young.end(), [&](const PlannedFile* before) {
        return before->entry.path == file.entry.path && before->entry.bytes == file.entry.bytes &&
               before->entry.modified == file.entry.modified;
      });
    });
    Enqueue(second);
    Work(second);
  }

  // One delivery: claim, deliver, and whatever follows from a failure. Throws nothing.
  void Process(const pipeline::Work& work) {
    stream::Progress progress;
    DeliveryResult result{.id = work.delivery, .name = work.file.entry.path};
    const auto start = Clock::now();
    std::optional<ledger::Claim> claim;
    std::stop_source stop_this;  // by the run's stop, or when the lease is lost
    try {
      claim = site_.ledger.TryClaim(work.delivery, site_.worker, site_.lease);
      if (!claim) return;  // another run has it, or has done it, and reports it
      const auto memory = site_.budget.Acquire(
          work.IsLarge() ? kLargeMinimumBytes : kSmallMinimumBytes, stop_.get_token());
      Observe([&] { observer_.Started(work.delivery, work.file, progress); });
      const std::stop_callback forward(stop_.get_token(), [&] { stop_this.request_stop(); });
      const LeaseKeeper::Holding holding(leases_, *claim, stop_this);
      const auto context = ContextFor(stop_this.get_token(), &progress);
      if (claim->roll_forward) {
        auto rolled = RollForward(site_, *claim, context);
        if (!rolled) return queue_.Add(work);  // what was committed is lost: fetch it again
        result = std::move(*rolled);
      } else {
        result = Deliver(site_, *claim, work.file, options_.from_raw, context);
      }
    } catch (...) {
      Error error = CurrentError("deliver");
      if (!claim) return NoteEnd(error);
      if (error.kind == ErrorKind::kCancelled && !stop_this.stop_requested() &&
          !stop_.stop_requested()) {
        // Never to be mistaken for a lost lease, of which nobody is told.
        error = Error(ErrorKind::kBug, ErrorScope::kDelivery, error.stage,
                      work.file.entry.path + " was stopped although nobody asked for it");
      }
      result.error = error;
      result.version = claim->delivery.version;
      result.bytes = progress.bytes;
      if (!Settle(work, *claim, result)) return;
    }
    if (result.seconds == 0)
      result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    Report(result);
  }

  // Puts a failed delivery where decision.h says. False when it is not to be reported (given back,
  // tried again soon, or another worker's now).
  bool Settle(const pipeline::Work& work, const ledger::Claim& claim, DeliveryResult& result) {
    const Error& error = *result.error;
    // Cancelled, and not by us: its lease was lost.
    if (error.kind == ErrorKind::kCancelled && !stop_.stop_requested()) return Forget(result);
    const WallTime now = site_.ledger.Now();
    const Decision decision = Decide(error, claim.delivery, site_.provider, now, Random());
    if (decision.end_run) NoteEnd(error);
    try {
      switch (decision.delivery) {
        case Decision::Delivery::kLeaseLost:
          return Forget(result);
        case Decision::Delivery::kGiveBack:
          site_.ledger.Released(claim);
          return Forget(result);
        case Decision::Delivery::kRetry:
          return SettleRetry(work, claim, result, decision.next_try, now);
        case Decision::Delivery::kQuarantine:
          site_.ledger.FailedQuarantine(claim, error);
          result.state = "quarantined";
          return true;
        case Decision::Delivery::kConflict:
          site_.ledger.Conflict(claim, error);
          result.state = "conflict";
          return true;
      }
    } catch (const Error& ledger_error) {
      if (!ledger::IsLeaseLost(ledger_error)) NoteEnd(ledger_error);
    }
    return Forget(result);
  }

  bool SettleRetry(const pipeline::Work& work, const ledger::Claim& claim, DeliveryResult& result,
                   WallTime next_try, WallTime now) {
    site_.ledger.FailedRetry(claim, *result.error, next_try);
    result.state = "failed";
    if (result.error->kind != ErrorKind::kTransient || next_try - now > kRetryWithinRun)
      return true;
    Observe([&] { observer_.Retrying(result, next_try); });
    pipeline::Work again = work;
    again.due = Clock::now() + std::chrono::duration_cast<Clock::duration>(next_try - now);
    queue_.Add(std::move(again));
    return false;
  }

  bool Forget(const DeliveryResult& result) {
    Observe([&] { observer_.GivenBack(result.id); });
    return false;
  }

  void Report(const DeliveryResult& result) {
    {
      const std::lock_guard lock(mutex_);
      auto& counts = result_.counts;
      if (result.state == "landed") ++counts.landed;
      if (result.state == "skipped") ++counts.skipped;
      if (result.state == "failed") ++counts.failed;
      if (result.state == "quarantined") ++counts.quarantined;
      if (result.state == "conflict") ++counts.conflict;
      counts.bytes += result.bytes;
      result_.times += result.times;
    }
    site_.ledger.AddEvent({.job = result_.job,
                           .delivery = result.id,
                           .kind = result.state,
                           .text = result.error ? Describe(*result.error) : result.name});
    Observe([&] { observer_.Ended(result); });
  }

  // What ends the run: the first cause is kept, unless a graver one comes (by exit code; cancelling
  // is the mildest).
  void NoteEnd(const Error& error) {
    const std::lock_guard lock(mutex_);
    const auto gravity = [](const Error& e) {
      return e.kind == ErrorKind::kCancelled ? 0 : ExitCodeOf(e);
    };
    if (!result_.error || gravity(error) > gravity(*result_.error)) result_.error = error;
    stop_.request_stop();
  }

  template <typename Call>
  void Observe(Call call) {
    const std::lock_guard lock(observing_);
    call();
  }

  double Random() {
    const std::lock_guard lock(mutex_);
    return std::uniform_real_distribution<double>(0, 1)(random_);
  }

  void Heartbeat(const std::stop_token& stop) {
    std::mutex mutex;
    std::unique_lock lock(mutex);
    std::condition_variable_any never;
    while (!never.wait_for(lock, stop, std::chrono::seconds(20),
                           [&] { return stop.stop_requested(); })) {
      try {
        ledger::JobCounts counts;
        {
          const std::lock_guard guard(mutex_);
          counts = result_.counts;
        }
        site_.ledger.RenewJob(result_.job, counts, ledger::kFirstJobLease);
      } catch (const Error& error) {
        log::Warning("could not renew the job: {}", error.message);
      }
    }
  }

  void FinishOutbox() {
    if (stop_.stop_requested()) return;  // it is kept: the next run does it
    try {
      WorkThroughOutbox(site_, ContextOfRun());
    } catch (...) {
      const Error error = CurrentError("outbox");
      if (error.kind == ErrorKind::kCancelled) return;
      NoteEnd(error);
    }
  }

  void SaveProfile() {
    const std::string profile = site_.remote.LearnedProfile();
    if (!profile.empty()) site_.ledger.SaveProfile(site_.provider.name, profile);
  }

  void FinishJob() {
    const bool cancelled = result_.error && result_.error->kind == ErrorKind::kCancelled;
    const auto& counts = result_.counts;
    const bool failed = result_.error || counts.failed + counts.quarantined + counts.conflict > 0;
    result_.state = cancelled ? ledger::JobState::kCancelled
                    : failed  ? ledger::JobState::kFailed
                              : ledger::JobState::kComplete;
    const auto& times = result_.times;
    const boost::json::object details{{"bottleneck", times.Bottleneck()},
                                      {"seconds",
                                       {{"download", times.download},
                                        {"decrypt", times.decrypt},
                                        {"unpack", times.unpack},
                                        {"store", times.store},
                                        {"commit", times.commit}}}};
    site_.ledger.FinishJob(result_.job, result_.state, counts, boost::json::serialize(details),
                           result_.error);
  }

  const Site& site_;
  const RunOptions& options_;
  RunObserver& observer_;
  std::stop_source stop_;  // of the run: the caller's stop, or something that ends it
  const std::stop_callback<std::function<void()>> forward_;
  const Clock::time_point planned_at_ = Clock::now();
  std::mutex mutex_;      // of result_ and random_
  std::mutex observing_;  // one call of the observer at a time
  RunResult result_;
  std::set<std::string> recovered_;  // only before the workers start
  std::mt19937 random_{std::random_device{}()};
  WorkQueue queue_;
  LeaseKeeper leases_;
};

}  // namespace

int RunResult::ExitCode() const {
  const int failures = counts.failed + counts.quarantined + counts.conflict > 0 ? 1 : 0;
  if (!error) return failures;
  if (error->kind == ErrorKind::kCancelled) return 130;
  return std::max(failures, ExitCodeOf(*error));
}

RunResult Run(const Site& site, const RunOptions& options, RunObserver& observer,
              std::stop_token stop) {
  return RunState(site, options, observer, std::move(stop)).Go();
}

}  // namespace octo::pipeline
