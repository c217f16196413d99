#include "pipeline/planner.h"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

#include "provider/naming.h"

namespace octo::pipeline {
namespace {

using provider::NameRole;

struct Listing {
  std::vector<remote::RemoteEntry> entries;  // in order of name
  std::set<std::string, std::less<>> names;
  WallTime vendor_now;  // never behind ours: a file from the future says that the vendor's clock is
                        // ahead
};

Listing ListFolder(const Site& site, const stream::Context& context) {
  Listing listing;
  listing.vendor_now = site.ledger.Now();
  site.remote.List(
      [&](const remote::RemoteEntry& entry) {
        listing.names.insert(entry.path);
        listing.vendor_now = std::max(listing.vendor_now, entry.modified);
        listing.entries.push_back(entry);
      },
      context);
  std::sort(listing.entries.begin(), listing.entries.end(),
            [](const auto& left, const auto& right) { return left.path < right.path; });
  return listing;
}

std::string_view ReasonFor(NameRole role) {
  switch (role) {
    case NameRole::kTemporary:
      return "a temporary or hidden name";
    case NameRole::kCompanion:
      return "a companion that vouches for a data file";
    case NameRole::kMarker:
      return "a marker file";
    case NameRole::kExcluded:
      return "excluded by the provider's patterns";
    case NameRole::kData:
      break;
  }
  return "";
}

bool IsAskedFor(const PlanOptions& options, const remote::RemoteEntry& entry) {
  return provider::GlobMatch(options.match, entry.path) &&
         (!options.name || *options.name == entry.path) &&
         (!options.since || entry.modified >= *options.since);
}

bool HasCompanion(const PlannedFile& file, bool signature) {
  return std::any_of(file.companions.begin(), file.companions.end(),
                     [&](const provider::FoundCompanion& companion) {
                       return (companion.kind == provider::CompanionKind::kSignature) == signature;
                     });
}

// Why a data file must wait; empty when it is ready. Sets only_young when age is the one reason.
std::string NotReadyBecause(const Site& site, PlannedFile& file, const Listing& listing,
                            bool take_young) {
  const auto& wanted = site.provider;
  const std::string marker = provider::MarkerOf(wanted, file.entry.path);
  if (!marker.empty() && !listing.names.contains(marker))
    return fmt::format("waits for its marker {}", marker);
  if (wanted.require_checksum && !HasCompanion(file, false))
    return "waits for its checksum (.sha256 or .md5)";
  if (wanted.require_detached_signature && !HasCompanion(file, true))
    return "waits for its signature (.sig or .asc)";
  if (file.entry.bytes == 0 && !wanted.allow_empty)
    return "empty: nothing written yet, or set allow_empty";
  if (!marker.empty() || take_young) return {};
  const auto age = listing.vendor_now - file.entry.modified;
  if (age >= wanted.settle) return {};
  file.only_young = true;
  return fmt::format("changed {} s ago, must be {} s old",
                     std::chrono::floor<std::chrono::seconds>(age).count(), wanted.settle.count());
}

void JudgeByLedger(PlannedFile& file, const ledger::Known& known, WallTime now) {
  if (!known.delivery) {
    file.reason = "new";
    return;
  }
  const ledger::Delivery& delivery = *known.delivery;
  file.delivery_id = delivery.id;
  if (known.kind == ledger::Known::Kind::kChanged) {
    const bool again = delivery.state == ledger::DeliveryState::kLanded ||
                       delivery.state == ledger::DeliveryState::kAdopted;
    file.reason = again ? fmt::format("sent again: would be version {}", delivery.version + 1)
                        : "changed since it was seen";
    return;
  }
  const std::string why = delivery.error ? ": " + delivery.error->message : "";
  switch (delivery.state) {
    case ledger::DeliveryState::kLanded:
      file.verdict = Verdict::kKnown, file.reason = "landed";
      break;
    case ledger::DeliveryState::kAdopted:
      file.verdict = Verdict::kKnown, file.reason = "adopted";
      break;
    case ledger::DeliveryState::kQuarantined:
      file.verdict = Verdict::kQuarantined, file.reason = "refused" + why;
      break;
    case ledger::DeliveryState::kConflict:
      file.verdict = Verdict::kConflict, file.reason = "conflict" + why;
      break;
    case ledger::DeliveryState::kFetching:
    case ledger::DeliveryState::kCommitting:
      file.reason = "being worked on, or left by a worker that died";
      break;
    case ledger::DeliveryState::kPending:
      if (delivery.next_try && *delivery.next_try > now) {
        file.verdict = Verdict::kLater;
        file.reason = fmt::format("next try at {}{}", FormatTime(*delivery.next_try), why);
      } else {
        file.reason =
            delivery.tries == 0 ? "pending" : fmt::format("tried {} times{}", delivery.tries, why);
      }
      break;
  }
}

std::string KeyFor(const Site& site, const PlannedFile& file, int version) {
  const std::string name = provider::FinalName(file.entry.path, "", false, version);
  return provider::ExpandLayout(site.provider, site.provider.layout,
                                {.provider = site.provider.name,
                                 .remote_name = file.entry.path,
                                 .final_name = name,
                                 .delivery = file.delivery_id,
                                 .attempt = "",
                                 .version = version,
                                 .modified = file.entry.modified});
}

// Files of one folder that would land at one key: the one that is known, or else the first by name,
// keeps it.
void FindCollisions(std::vector<PlannedFile>& files) {
  std::map<std::string, PlannedFile*> by_key;
  for (const bool known : {true, false}) {
    for (auto& file : files) {
      if (file.key.empty() || (file.verdict == Verdict::kKnown) != known) continue;
      const auto [place, is_first] = by_key.emplace(file.key, &file);
      if (is_first || known) continue;
      file.verdict = Verdict::kCollision;
      file.reason = fmt::format("would land where {} does", place->second->entry.path);
    }
  }
}

void ApplyLimit(std::vector<PlannedFile>& files, size_t limit) {
  std::vector<PlannedFile*> wanted;
  for (auto& file : files) {
    if (file.verdict == Verdict::kFetch) wanted.push_back(&file);
  }
  std::stable_sort(wanted.begin(), wanted.end(),
                   [](const PlannedFile* left, const PlannedFile* right) {
                     return left->entry.modified < right->entry.modified;
                   });
  for (size_t i = limit; i < wanted.size(); ++i) {
    wanted[i]->verdict = Verdict::kLater;
    wanted[i]->reason = "beyond the limit of this run";
  }
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kFetch:
      return "fetch";
    case Verdict::kLater:
      return "later";
    case Verdict::kNotReady:
      return "not ready";
    case Verdict::kKnown:
      return "known";
    case Verdict::kQuarantined:
      return "quarantined";
    case Verdict::kConflict:
      return "conflict";
    case Verdict::kCollision:
      return "collision";
    case Verdict::kNotData:
      break;
  }
  return "not data";
}

size_t Plan::CountOf(Verdict verdict) const {
  return static_cast<size_t>(
      std::count_if(files.begin(), files.end(),
                    [&](const PlannedFile& file) { return file.verdict == verdict; }));
}

uint64_t Plan::BytesToFetch() const {
  uint64_t bytes = 0;
  for (const auto& file : files) bytes += file.verdict == Verdict::kFetch ? file.entry.bytes : 0;
  return bytes;
}

Plan MakePlan(const Site& site, const PlanOptions& options, const stream::Context& context) {
  const Listing listing = ListFolder(site, context);
  std::vector<ledger::Candidate> candidates;
  for (const auto& entry : listing.entries)
    candidates.push_back({entry.path, entry.bytes, entry.modified});
  const auto known = site.ledger.Lookup(site.provider.name, candidates);
  const WallTime now = site.ledger.Now();

  Plan plan;
  for (size_t i = 0; i < listing.entries.size(); ++i) {
    PlannedFile file{.entry = listing.entries[i]};
    const NameRole role = file.entry.is_file
                              ? provider::RoleOf(site.provider, file.entry.path, listing.names)
                              : NameRole::kExcluded;
    if (role != NameRole::kData) {
      file.verdict = Verdict::kNotData;
      file.reason = file.entry.is_file ? ReasonFor(role) : "a folder or special file";
    } else if (!IsAskedFor(options, file.entry)) {
      file.verdict = Verdict::kNotData;
      file.reason = "not asked for";
    } else {
      file.companions = provider::FindCompanions(file.entry.path, listing.names);
      JudgeByLedger(file, known[i], now);
      const bool again =
          known[i].kind == ledger::Known::Kind::kChanged && file.reason.starts_with("sent again");
      file.key =
          KeyFor(site, file, known[i].delivery ? known[i].delivery->version + (again ? 1 : 0) : 1);
      if (file.verdict == Verdict::kFetch) {
        std::string because = NotReadyBecause(site, file, listing, options.take_young);
        if (!because.empty()) file.verdict = Verdict::kNotReady, file.reason = std::move(because);
      }
    }
    plan.files.push_back(std::move(file));
  }
  FindCollisions(plan.files);
  if (options.limit) ApplyLimit(plan.files, *options.limit);
  return plan;
}

}  // namespace octo::pipeline
