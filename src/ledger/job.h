#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/time.h"

namespace octo::ledger {

struct JobCounts {
  int64_t landed = 0, failed = 0, quarantined = 0, skipped = 0, known = 0, adopted = 0,
          conflict = 0;
  uint64_t bytes = 0;

  bool operator==(const JobCounts&) const = default;
};

// clang-format off
// The state chart of a job.
//
//   (StartJob) → running ──FinishJob──→ complete, failed, cancelled
//                ↑     └──nothing heard of its worker within the lease──→ interrupted
//                └──RenewJob, by a worker that was only slow──────────────┘ └──FinishJob──→ as above
// clang-format on
enum class JobState { kRunning, kComplete, kFailed, kCancelled, kInterrupted };
std::string_view Name(JobState state);
std::optional<JobState> JobStateFromName(std::string_view name);

// How long a job may run before the first RenewJob.
inline constexpr std::chrono::seconds kFirstJobLease = std::chrono::minutes(2);

struct Job {
  std::string id{};  // UUID
  std::string provider{};
  std::string kind{};  // "run", "replay", "ingest", "adopt", "verify"
  JobState state = JobState::kRunning;
  JobCounts counts{};     // of a running job: as of the last RenewJob
  std::string details{};  // JSON: per-stage timing, bottleneck
  std::optional<Error> error{};
  std::string worker{};
  WallTime started{};
  std::optional<WallTime> finished{};  // of an interrupted job: when its lease ended
};

struct Event {
  WallTime at{};  // the epoch: the ledger puts its own time
  std::string job{};
  std::string delivery{};
  std::string kind{};  // "claimed", "landed", "failed", "retry", ...
  std::string text{};
};

}  // namespace octo::ledger
