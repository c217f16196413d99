#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "stream/prepared_object.h"

namespace octo::ledger {

// The state chart of a delivery. Only the named functions of DeliveryLedger change a state.
//
//   (Discover) → pending ──Claim──→ fetching ──Committing──→ committing ──Landed──→ landed
//                  ↑  ↑                │  │  └─Duplicate──→ (gone: one more alias of the landed one)
//                  │  └──Failed(retry)─┘  │
//                  │     Released         └─Failed(quarantine)─→ quarantined
//                  └──Discover sees other size or time; Replay──────┘
//   committing ──Conflict──→ conflict ──Replay──→ pending        committing ──Lost──→ pending
//   (Adopt) → adopted
//
// A claim whose lease ran out may be claimed by anybody: fetching starts again, committing is rolled forward.
enum class DeliveryState { kPending, kFetching, kCommitting, kLanded, kAdopted, kQuarantined, kConflict };
std::string_view Name(DeliveryState state);
std::optional<DeliveryState> DeliveryStateFromName(std::string_view name);

// A file as a listing shows it.
struct Candidate {
  std::string path;
  uint64_t bytes = 0;
  WallTime modified;
};

struct Delivery {
  std::string id;  // UUID
  std::string provider;
  std::string path;
  uint64_t bytes = 0;  // of the remote file
  WallTime modified;
  int version = 1;     // final once committing; before that what it would become
  DeliveryState state = DeliveryState::kPending;
  int tries = 0;       // claims that ended in failure since it was last pending by discovery or replay
  std::optional<WallTime> next_try;          // pending: not before
  std::optional<WallTime> incomplete_since;  // first kIncomplete failure in a row
  std::optional<Error> error;                // the last failure
  std::string content;   // hash over the ordered (entry, sha256) list; of committing and later
  std::string facts;     // JSON: what the layers reported (openpgp, archive, hashes, what vouched, timing)
  WallTime discovered;
  std::optional<WallTime> landed;
};

// The right to work on one delivery until the lease ends. The token fences: every call with an older token fails.
struct Claim {
  Delivery delivery;
  std::string worker;
  std::string attempt;  // id of this attempt: UUID
  int64_t token = 0;
  bool roll_forward = false;  // it had reached committing: publish `prepared`, do not fetch
  std::vector<stream::PreparedObject> prepared;  // of a roll-forward
  std::vector<std::string> leftover_keys;        // keys that earlier attempts recorded: abandon what they left there
};

struct ObjectRecord {
  std::string key;
  std::string url;
  std::string etag;
  uint64_t bytes = 0;
  std::string sha256;
  std::string entry;  // name within the archive; empty for a lone file
};

// What is known about a candidate.
struct Known {
  enum class Kind { kNew, kChanged, kKnown };  // never seen; seen with another size or time; this very file
  Kind kind = Kind::kNew;
  std::optional<Delivery> delivery;  // of kChanged: the newest of that path; of kKnown: the one it belongs to
};

struct PreparedEntry {
  stream::PreparedObject object;
  std::string entry;
};

// Something to do after a landing, done at least once, in order, until it succeeds.
struct OutboxItem {
  int64_t id = 0;
  std::string delivery;
  std::string action;   // "manifest", "remote-delete", "remote-move"
  std::string payload;  // JSON
  int tries = 0;
};

struct JobCounts {
  int64_t landed = 0, failed = 0, quarantined = 0, skipped = 0, known = 0, adopted = 0, conflict = 0;
  uint64_t bytes = 0;
};

// The state chart of a job: running ─→ complete | failed | cancelled; running ─(its worker is gone)→ interrupted.
enum class JobState { kRunning, kComplete, kFailed, kCancelled, kInterrupted };
std::string_view Name(JobState state);

struct Job {
  std::string id;  // UUID
  std::string provider;
  std::string kind;  // "run", "replay", "ingest", "adopt", "verify"
  JobState state = JobState::kRunning;
  JobCounts counts;
  std::string details;  // JSON: per-stage timing, bottleneck
  std::optional<Error> error;
  std::string worker;
  WallTime started;
  std::optional<WallTime> finished;
};

struct Event {
  WallTime at;
  std::string job;
  std::string delivery;
  std::string kind;  // "claimed", "landed", "failed", "retry", ...
  std::string text;
};

struct DeliveryFilter {
  std::optional<std::string> provider;
  std::optional<DeliveryState> state;
  std::optional<std::string> path_glob;
  std::optional<std::string> id_prefix;
  int limit = 1000;  // newest first
};

// A landed delivery as its manifest object tells it, to rebuild a lost ledger.
struct LandedRecord {
  Delivery delivery;
  std::vector<ObjectRecord> objects;
};

// The ledger: what happened to every delivery, and the queue of what is to be done. Thread-safe; several processes may
// open one ledger. Every call is one transaction. Failures are octo::Error of stage "ledger" and process scope:
// kTransient when the database is busy or away, kBug for a broken invariant. Calls with a claim throw LeaseLost
// (kTransient, delivery scope, stage "lease") when the lease was taken over. Times are the database's clock.
// Every implementation passes ledger/ledger_contract.h.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  // --- finding out -------------------------------------------------------------------------------------------------
  // What is known about each candidate, in their order. Writes nothing.
  virtual std::vector<Known> Lookup(const std::string& provider, std::span<const Candidate> candidates) = 0;
  // Makes new and changed candidates pending (a changed one lifts a quarantine). One transaction. Returns the ids of
  // deliveries, in the order of the candidates; empty for those that are landed, adopted or quarantined as they are.
  virtual std::vector<std::string> Discover(const std::string& provider, std::span<const Candidate> candidates) = 0;
  virtual bool HasDeliveries(const std::string& provider) = 0;
  virtual std::optional<Delivery> Find(const std::string& delivery_id) = 0;
  virtual std::vector<Delivery> Deliveries(const DeliveryFilter& filter) = 0;
  virtual std::vector<ObjectRecord> Objects(const std::string& delivery_id) = 0;
  // Whose landed (or committing) object stands at a key of this store url; nullopt: nobody's. For collisions.
  virtual std::optional<std::string> OwnerOfUrl(const std::string& url) = 0;

  // --- working on a delivery ----------------------------------------------------------------------------------------
  // Claims the given delivery if it is due (pending and not before next_try, or its lease ran out); nullopt when
  // somebody else holds it or it is done.
  virtual std::optional<Claim> TryClaim(const std::string& delivery_id, const std::string& worker,
                                        std::chrono::seconds lease) = 0;
  // Deliveries of the provider whose lease ran out while fetching or committing: to be claimed and recovered first.
  virtual std::vector<std::string> Abandoned(const std::string& provider) = 0;
  virtual void Renew(const Claim& claim, std::chrono::seconds lease) = 0;
  // Records that an invisible object is about to be made at this key by this attempt.
  virtual void RecordKey(const Claim& claim, const std::string& key) = 0;
  // The landed delivery of the same provider and path (any version) with this content, if any.
  virtual std::optional<Delivery> SameContent(const Claim& claim, const std::string& content) = 0;
  // Ends the claim: the delivery is another name or time of `landed_id`; this one goes, its alias stays.
  virtual void Duplicate(const Claim& claim, const std::string& landed_id) = 0;
  // The commit point: stores all prepared objects. Durable (fsync) when it returns.
  virtual void Committing(const Claim& claim, std::span<const PreparedEntry> prepared, const std::string& content,
                          const std::string& facts) = 0;
  // All is published. Durable when it returns; the outbox items are stored with it. Ends the claim.
  virtual void Landed(const Claim& claim, std::span<const ObjectRecord> objects, std::span<const OutboxItem> outbox) = 0;
  // A failure that may be tried again, not before `next_try`. Ends the claim. An kIncomplete error starts or keeps
  // incomplete_since; any other clears it.
  virtual void FailedRetry(const Claim& claim, const Error& error, WallTime next_try) = 0;
  virtual void FailedQuarantine(const Claim& claim, const Error& error) = 0;
  virtual void Conflict(const Claim& claim, const Error& error) = 0;
  // What was committed is lost (PublishResult::kLost): back to pending, same version.
  virtual void Lost(const Claim& claim, const std::string& why) = 0;
  // Gives the delivery back as it was (cancelled, or the provider or destination failed): pending, tries unchanged.
  virtual void Released(const Claim& claim) = 0;
  // Makes quarantined or conflicting (or failed) deliveries pending at once. Returns whether it did.
  virtual bool Replay(const std::string& delivery_id) = 0;
  // An object that an older system landed counts as this delivery.
  virtual void Adopt(const std::string& provider, const Candidate& candidate, std::span<const ObjectRecord> objects) = 0;
  // Puts back what a manifest tells. Known deliveries (by id) are left as they are; returns whether it was new.
  virtual bool Import(const LandedRecord& record) = 0;

  // --- outbox -------------------------------------------------------------------------------------------------------
  // Items of the provider that are due, oldest first, leased to the caller for `lease`.
  virtual std::vector<OutboxItem> ClaimOutbox(const std::string& provider, int most, std::chrono::seconds lease) = 0;
  virtual void OutboxDone(int64_t id) = 0;
  virtual void OutboxFailed(int64_t id, const Error& error, WallTime next_try) = 0;

  // --- jobs, events, profiles ---------------------------------------------------------------------------------------
  virtual std::string StartJob(const std::string& provider, const std::string& kind, const std::string& worker) = 0;
  virtual void FinishJob(const std::string& job, JobState state, const JobCounts& counts, const std::string& details,
                         const std::optional<Error>& error) = 0;
  virtual std::vector<Job> Jobs(const std::optional<std::string>& provider, int limit) = 0;
  virtual void AddEvent(const Event& event) = 0;
  virtual std::vector<Event> Events(const std::string& job_or_delivery, int limit) = 0;
  virtual std::string Profile(const std::string& provider) = 0;  // empty: none yet
  virtual void SaveProfile(const std::string& provider, const std::string& json) = 0;

  virtual WallTime Now() = 0;
  virtual std::string Url() const = 0;
};

// Whether an error says that a claim's lease was lost.
bool IsLeaseLost(const Error& error);

}  // namespace octo::ledger
