#pragma once

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "pipeline/deliver.h"
#include "pipeline/planner.h"
#include "pipeline/site.h"

namespace octo::pipeline {

// Who watches a run: a terminal, a JSON stream, a log. Calls come one at a time, from any thread of
// the run.
class RunObserver {
 public:
  RunObserver() = default;
  RunObserver(const RunObserver&) = delete;
  RunObserver& operator=(const RunObserver&) = delete;
  virtual ~RunObserver() = default;

  virtual void Planned(const std::string& job, const Plan& plan) = 0;
  // `progress` counts transferred bytes and lives until Ended, GivenBack or Retrying is called for
  // it.
  virtual void Started(const std::string& delivery, const PlannedFile& file,
                       const stream::Progress& progress) = 0;
  virtual void Ended(const DeliveryResult& result) = 0;
  // It is another worker's now, or waits for the next run (the run was cancelled or ends early).
  virtual void GivenBack(const std::string& delivery) = 0;
  // The run waits, to see whether files that are too young still change.
  virtual void Waiting(size_t files, std::chrono::seconds wait) = 0;
  // A failure that is tried again within this run.
  virtual void Retrying(const DeliveryResult& result, WallTime next_try) = 0;
};

struct RunOptions {
  PlanOptions plan;
  std::string kind = "run";  // of the job
  bool look_again = true;    // wait for files that are too young (see provider::Provider::settle)
  bool from_raw = false;     // replay: read the kept ciphertext where there is one
  std::vector<std::string>
      only;  // replay: these deliveries (ids) only; empty: all that the plan says
};

struct RunResult {
  std::string job;
  ledger::JobState state = ledger::JobState::kComplete;
  ledger::JobCounts counts;
  StageTimes times;            // of all deliveries together
  std::optional<Error> error;  // what ended the run early
  double seconds = 0;
  // 0, 1, 4, 5, 6 or 130 as the command line documents them.
  int ExitCode() const;
};

// One run over a provider: recovers what dead workers left, plans, fetches several deliveries at
// once (the biggest first), looks again at files that were too young, works through the outbox, and
// keeps the job in the ledger. A delivery that fails does not stop the others; a vendor or a
// destination that fails ends the run. Requesting stop cancels: what is in flight is given back,
// the next run continues. Throws only when the ledger itself fails.
RunResult Run(const Site& site, const RunOptions& options, RunObserver& observer,
              std::stop_token stop);

}  // namespace octo::pipeline
