#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/site.h"
#include "provider/companion.h"
#include "remote/remote_folder.h"
#include "stream/context.h"

namespace octo::pipeline {

// What is to be done with one name of the vendor's folder.
enum class Verdict {
  kFetch,        // new, changed, or pending from before, and ready
  kLater,        // pending, but it failed and its next try is not due
  kNotReady,     // too young, empty, or without the marker or companion that it must have
  kKnown,        // landed or adopted before
  kQuarantined,  // refused before, and unchanged since
  kConflict,     // somebody else's object stands at its key
  kCollision,    // another file of this folder would land at the same key
  kNotData,      // a companion, a marker, a temporary or an excluded name, a folder
};
std::string_view Name(Verdict verdict);

struct PlannedFile {
  remote::RemoteEntry entry;
  Verdict verdict = Verdict::kFetch;
  std::string reason;  // for a person: why this verdict; for kFetch "new", "version 2: ...", "tried
                       // 3 times"
  std::string key;     // where it would land if it holds one file; empty for kNotData
  std::string delivery_id;  // when the ledger has one
  bool only_young =
      false;  // of kNotReady: nothing but its age speaks against it; a second look may settle it
  std::vector<provider::FoundCompanion> companions;
};

struct PlanOptions {
  std::string match = "*";          // glob on the name
  std::optional<std::string> name;  // exactly this name
  std::optional<WallTime> since;    // modified at or after
  std::optional<size_t> limit;      // fetch at most so many: the oldest first
  bool take_young = false;  // the settle time has been waited for: age is no reason any more
};

struct Plan {
  std::vector<PlannedFile> files;  // in order of name
  size_t CountOf(Verdict verdict) const;
  uint64_t BytesToFetch() const;
};

// Looks at the vendor's folder and the ledger; changes nothing anywhere. Errors as of the parts.
Plan MakePlan(const Site& site, const PlanOptions& options, const stream::Context& context);

}  // namespace octo::pipeline
