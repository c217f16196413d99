#include "pipeline/adopt.h"

#include <fmt/core.h>

#include <map>

namespace octo::pipeline {
namespace {

std::string LastPart(const std::string& key) { return key.substr(key.rfind('/') + 1); }

// All objects below the fixed beginning of the provider's layout, by the last part of their keys.
std::multimap<std::string, storage::ObjectInfo> StandingObjects(const Site& site,
                                                                const stream::Context& context) {
  const std::string& layout = site.provider.layout;
  const std::string prefix = layout.substr(0, layout.find('{'));
  std::multimap<std::string, storage::ObjectInfo> standing;
  site.store.List(
      prefix,
      [&](const storage::ObjectInfo& object) {
        standing.emplace(LastPart(object.key), object);
        return true;
      },
      context);
  return standing;
}

}  // namespace

std::vector<Adoption> FindAdoptions(const Site& site, const stream::Context& context) {
  const auto standing = StandingObjects(site, context);
  std::vector<Adoption> adoptions;
  if (standing.empty()) return adoptions;
  const Plan plan = MakePlan(site, {.take_young = true}, context);
  for (const auto& file : plan.files) {
    if (file.verdict != Verdict::kFetch) continue;
    const auto [begin, end] = standing.equal_range(LastPart(file.key));
    for (auto object = begin; object != end; ++object) {
      // In the provider's own folder: another provider's file may have the same name.
      if (object->second.key.find("/" + site.provider.name + "/") == std::string::npos &&
          object->second.key != file.key) {
        continue;
      }
      if (object->second.modified < file.entry.modified) continue;
      const auto info = site.store.Stat(object->second.key, context);
      if (!info || info->metadata.contains("octo-delivery")) continue;
      adoptions.push_back({file, *info, site.store.Url() + "/" + info->key});
      break;
    }
  }
  return adoptions;
}

void Adopt(const Site& site, const std::vector<Adoption>& adoptions) {
  if (site.ledger.HasDeliveries(site.provider.name)) {
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "adopt",
                fmt::format("the ledger already has deliveries of {}", site.provider.name),
                "adopting is for the first run against a bucket that an older system filled");
  }
  for (const auto& adoption : adoptions) {
    const auto& entry = adoption.file.entry;
    const ledger::ObjectRecord record{.key = adoption.object.key,
                                      .url = adoption.url,
                                      .etag = adoption.object.etag,
                                      .bytes = adoption.object.bytes};
    site.ledger.Adopt(site.provider.name, {entry.path, entry.bytes, entry.modified}, {&record, 1});
  }
}

}  // namespace octo::pipeline
