#include "pipeline/rebuild.h"

#include <fmt/core.h>

#include <vector>

#include "pipeline/facts.h"
#include "stream/memory_source.h"

namespace octo::pipeline {
namespace {

constexpr uint64_t kMostManifestBytes = uint64_t{64} << 20;

}  // namespace

RebuildResult RebuildLedger(const Site& site,
                            const std::function<void(const std::string&)>& complain,
                            const stream::Context& context) {
  std::vector<std::string> keys;
  site.store.List(
      fmt::format("manifests/{}/", site.provider.name),
      [&](const storage::ObjectInfo& object) {
        if (object.key.ends_with(".json")) keys.push_back(object.key);
        return true;
      },
      context);
  RebuildResult result;
  for (const auto& key : keys) {
    context.ThrowIfStopped("rebuild");
    try {
      const auto source = site.store.Open(key, {}, context);
      const auto record = ManifestFromJson(stream::ReadAll(*source, kMostManifestBytes));
      ++(site.ledger.Import(record) ? result.restored : result.known);
    } catch (const Error& error) {
      if (error.scope != ErrorScope::kDelivery) throw;
      ++result.unreadable;
      complain(fmt::format("{}: {}", key, error.message));
    }
  }
  return result;
}

}  // namespace octo::pipeline
