#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/time.h"
#include "stream/prepared_object.h"

namespace octo::ledger {

// clang-format off
// The state chart of a delivery. Only the named functions of Ledger change a state.
//
//   (Discover) → pending ──TryClaim──→ fetching ──Committing──→ committing ──Landed──→ landed
//                  ↑  ↑                 │  │  └─Duplicate──→ (gone: an alias more of the landed one)
//                  │  └──FailedRetry────┘  ├──FailedQuarantine──→ quarantined
//                  │     Released          └──Conflict──────────→ conflict
//                  └─ quarantined, conflict: Replay, or Discover sees another size or time
//
//   committing ──Conflict──→ conflict         committing ──Lost──→ pending, same version
//   committing ──FailedRetry, Released──→ committing, held by nobody: rolled forward, never back
//   (Adopt) → adopted                         (Import) → landed, adopted
//
// A claim whose lease ran out may be taken by anybody: fetching starts again, committing is rolled
// forward.
// clang-format on
enum class DeliveryState {
  kPending,
  kFetching,
  kCommitting,
  kLanded,
  kAdopted,
  kQuarantined,
  kConflict
};
std::string_view Name(DeliveryState state);
std::optional<DeliveryState> DeliveryStateFromName(std::string_view name);

// A file as a listing shows it.
struct Candidate {
  std::string path{};
  uint64_t bytes = 0;
  WallTime modified{};
};

// One version of one file of a provider. At most one delivery of a path is on its way (neither
// landed nor adopted) at any time; it is the newest of its path.
struct Delivery {
  std::string id{};  // UUID
  std::string provider{};
  std::string path{};
  uint64_t bytes = 0;  // of the remote file
  WallTime modified{};
  int version = 1;  // final once committing; before that what it would become
  DeliveryState state = DeliveryState::kPending;
  // Claims that ended in failure (or with a dead worker, while fetching) since it was last pending
  // by discovery or replay.
  int tries = 0;
  std::optional<WallTime> next_try{};          // pending or committing: not before
  std::optional<WallTime> incomplete_since{};  // first kIncomplete failure in a row
  std::optional<Error> error{};                // the last failure
  std::string content{};  // ContentHash (content_hash.h); of committing and later
  // JSON: what the layers reported (openpgp, archive, hashes, what vouched, timing).
  std::string facts{};
  WallTime discovered{};             // when this size and time were first seen
  std::optional<WallTime> landed{};  // of landed ones; of adopted ones nobody knows
};

// A prepared object, and where it belongs.
struct PreparedEntry {
  stream::PreparedObject object{};
  std::string entry{};  // name within the archive; empty for a lone file
  // Where it will stand: the store's url + '/' + key. Guarded against collisions from Committing
  // on; empty: not guarded.
  std::string url{};
};

struct ObjectRecord {
  std::string key{};
  std::string url{};
  std::string etag{};
  uint64_t bytes = 0;
  std::string sha256{};
  std::string entry{};  // name within the archive; empty for a lone file
};

// The right to work on one delivery until the lease ends. The token fences: every call with an
// older token fails.
struct Claim {
  Delivery delivery{};
  std::string worker{};
  std::string attempt{};  // id of this attempt: UUID
  int64_t token = 0;
  bool roll_forward = false;  // it had reached committing: publish `prepared`, do not fetch
  std::vector<PreparedEntry> prepared{};  // of a roll-forward, in the order given to Committing
  // Keys where earlier attempts may have left something invisible: abandon it, then call Cleaned.
  // In a roll-forward a key may be one of `prepared` too: keep the handles of `prepared`.
  std::vector<std::string> leftover_keys{};
};

// What is known about a candidate.
struct Known {
  enum class Kind {
    kNew,      // never seen
    kChanged,  // the path is known, not with this size and time; or known with them, and something
               // else is on its way
    kKnown,    // this very file
  };
  Kind kind = Kind::kNew;
  std::optional<Delivery>
      delivery;  // of kChanged: the newest of that path; of kKnown: the one it belongs to
};

struct DeliveryFilter {
  std::optional<std::string> provider{};
  std::optional<DeliveryState> state{};
  // A shell glob: on the whole path if it has a '/', else on the file name. '*' matches '/' too.
  std::optional<std::string> path_glob{};
  std::optional<std::string> id_prefix{};
  int limit = 1000;  // newest first
};

// A landed delivery as its manifest object tells it, to rebuild a lost ledger.
struct LandedRecord {
  Delivery delivery{};
  std::vector<ObjectRecord> objects{};
};

}  // namespace octo::ledger
