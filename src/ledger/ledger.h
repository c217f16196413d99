#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "ledger/delivery.h"
#include "ledger/job.h"
#include "ledger/outbox.h"

namespace octo::ledger {

// The ledger: what happened to every delivery, and the queue of what is to be done. Thread-safe;
// several processes may open one ledger. Every call is one transaction: it happened whole or not at
// all. Times are the database's clock.
//
// Failures are octo::Error of stage "ledger" and process scope: kTransient when the database is
// busy, away or out of space, kBug for a call that the state chart does not allow. Calls with a
// claim throw LeaseLost (kTransient, delivery scope, stage "lease") when somebody else took the
// claim, or it has ended. A lease that merely ran out is not lost: every call succeeds as long as
// nobody has taken the delivery since. Every implementation passes ledger/ledger_contract.h.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  // --- finding out ----------------------------------------------------------------------------
  // What is known about each candidate, in their order. Writes nothing.
  virtual std::vector<Known> Lookup(const std::string& provider,
                                    std::span<const Candidate> candidates) = 0;
  // Makes new and changed candidates pending. One transaction. Returns the ids of deliveries, in
  // the order of the candidates; empty for those that are landed, adopted, quarantined or in
  // conflict as they are. A changed candidate: while the newest delivery of its path waits
  // (pending, quarantined, conflict, or fetching by a worker whose lease ran out), that one takes
  // the new size and time and becomes pending with no tries; while somebody works on it, it is left
  // alone, and a later Discover sees the change again; when it is landed or adopted, a new delivery
  // is made with the next version.
  virtual std::vector<std::string> Discover(const std::string& provider,
                                            std::span<const Candidate> candidates) = 0;
  virtual bool HasDeliveries(const std::string& provider) = 0;
  virtual std::optional<Delivery> Find(const std::string& delivery_id) = 0;
  virtual std::vector<Delivery> Deliveries(const DeliveryFilter& filter) = 0;
  // Of a landed or adopted delivery, in the order given to Landed.
  virtual std::vector<ObjectRecord> Objects(const std::string& delivery_id) = 0;
  // The delivery whose landed, adopted or committing object stands at this url (the newest, where
  // one replaced another); nullopt: nobody's. For collisions.
  virtual std::optional<std::string> OwnerOfUrl(const std::string& url) = 0;

  // --- working on a delivery ------------------------------------------------------------------
  // Claims the given delivery if it is due: pending, or held by a worker whose lease ran out, or
  // committing and held by nobody; and in no case before its next_try. nullopt when somebody else
  // holds it, it is not due, or it is done.
  virtual std::optional<Claim> TryClaim(const std::string& delivery_id, const std::string& worker,
                                        std::chrono::seconds lease) = 0;
  // Deliveries of the provider that are fetching or committing and held by nobody (any more), due
  // now: to be claimed and recovered first. Oldest lease first.
  virtual std::vector<std::string> Abandoned(const std::string& provider) = 0;
  virtual void Renew(const Claim& claim, std::chrono::seconds lease) = 0;
  // The workers that hold claims of the provider now, each once.
  virtual std::vector<std::string> Workers(const std::string& provider) = 0;
  // The worker is known to be dead: the leases of all its claims end now.
  virtual void WorkerIsGone(const std::string& worker) = 0;
  // Records that an invisible object is about to be made at this key by this attempt. Later claims
  // get the key among their leftover_keys until Cleaned, Landed or Duplicate.
  virtual void RecordKey(const Claim& claim, const std::string& key) = 0;
  // What earlier attempts left at the claim's leftover_keys has been abandoned. Their keys are
  // forgotten.
  virtual void Cleaned(const Claim& claim) = 0;
  // The newest landed delivery of the same provider and path (any version) with this content, if
  // any.
  virtual std::optional<Delivery> SameContent(const Claim& claim, const std::string& content) = 0;
  // Ends the claim: the delivery is another name or time of `landed_id`; this one goes, its alias
  // stays. Abandon what the attempt has written first: its keys are forgotten.
  virtual void Duplicate(const Claim& claim, const std::string& landed_id) = 0;
  // The commit point: stores all prepared objects and makes the version final. Durable (fsync) when
  // it returns. Repeating it with the same content changes nothing. Throws delivery scope errors,
  // and changes nothing: kConflict when a url belongs to a delivery of another path; kTransient
  // when the version was taken meanwhile.
  virtual void Committing(const Claim& claim, std::span<const PreparedEntry> prepared,
                          const std::string& content, const std::string& facts) = 0;
  // All is published. Durable when it returns; the outbox items are stored with it. Ends the claim.
  virtual void Landed(const Claim& claim, std::span<const ObjectRecord> objects,
                      std::span<const OutboxItem> outbox) = 0;
  // A failure that may be tried again, not before `next_try`. Ends the claim. A kIncomplete error
  // starts or keeps incomplete_since; any other clears it. A committing delivery stays committing.
  virtual void FailedRetry(const Claim& claim, const Error& error, WallTime next_try) = 0;
  // Of a fetching delivery. Ends the claim.
  virtual void FailedQuarantine(const Claim& claim, const Error& error) = 0;
  // Of a fetching or committing delivery. Ends the claim.
  virtual void Conflict(const Claim& claim, const Error& error) = 0;
  // What was committed is lost (PublishResult::kLost): back to pending at once, same version. Ends
  // the claim.
  virtual void Lost(const Claim& claim, const std::string& why) = 0;
  // Gives the delivery back as it was (cancelled, or the provider or destination failed): pending
  // or committing, due at once, tries unchanged. Ends the claim.
  virtual void Released(const Claim& claim) = 0;
  // Makes a quarantined or conflicting delivery pending, or a failed one due, at once, with no
  // tries. Returns whether it did.
  virtual bool Replay(const std::string& delivery_id) = 0;
  // An object that an older system landed counts as this delivery. Nothing happens when the
  // candidate is landed or adopted already; kConflict (delivery scope) while somebody works on it.
  virtual void Adopt(const std::string& provider, const Candidate& candidate,
                     std::span<const ObjectRecord> objects) = 0;
  // Puts back what a manifest tells. Known deliveries (by id) are left as they are; returns whether
  // it was new. kConflict (delivery scope) when another delivery of the path has that version.
  virtual bool Import(const LandedRecord& record) = 0;

  // --- outbox ---------------------------------------------------------------------------------
  // Items of the provider that are due, oldest first, at most one of each delivery, leased to the
  // caller for `lease`.
  virtual std::vector<OutboxItem> ClaimOutbox(const std::string& provider, int most,
                                              std::chrono::seconds lease) = 0;
  virtual void OutboxDone(int64_t id) = 0;
  virtual void OutboxFailed(int64_t id, const Error& error, WallTime next_try) = 0;

  // --- jobs, events, profiles -----------------------------------------------------------------
  // A new running job; its worker must call RenewJob within kFirstJobLease.
  virtual std::string StartJob(const std::string& provider, const std::string& kind,
                               const std::string& worker) = 0;
  // The heartbeat: the worker is alive, this is what was done so far. Nothing happens to a finished
  // job.
  virtual void RenewJob(const std::string& job, const JobCounts& counts,
                        std::chrono::seconds lease) = 0;
  // `state` is kComplete, kFailed or kCancelled.
  virtual void FinishJob(const std::string& job, JobState state, const JobCounts& counts,
                         const std::string& details, const std::optional<Error>& error) = 0;
  virtual std::optional<Job> FindJob(const std::string& job) = 0;
  // Newest first.
  virtual std::vector<Job> Jobs(const std::optional<std::string>& provider, int limit) = 0;
  virtual void AddEvent(const Event& event) = 0;
  // The last `limit` events of a job or delivery, oldest first.
  virtual std::vector<Event> Events(const std::string& job_or_delivery, int limit) = 0;
  virtual std::string Profile(const std::string& provider) = 0;  // empty: none yet
  virtual void SaveProfile(const std::string& provider, const std::string& json) = 0;

  virtual WallTime Now() = 0;
  virtual std::string Url() const = 0;
};

// The error of a call whose claim was taken over or has ended.
Error LeaseLost(const Claim& claim);
bool IsLeaseLost(const Error& error);

}  // namespace octo::ledger
