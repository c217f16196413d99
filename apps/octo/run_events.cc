#include "run_events.h"

#include <boost/json.hpp>

#include "text.h"

namespace octo::app {
namespace {

namespace json = boost::json;
using pipeline::DeliveryResult;
using pipeline::RunResult;

double Rounded(double seconds) {
  return static_cast<double>(static_cast<int64_t>(seconds * 1000 + 0.5)) / 1000;
}

}  // namespace

json::value ErrorJson(const std::optional<Error>& error) {
  if (!error) return nullptr;
  return {{"kind", Name(error->kind)},
          {"scope", Name(error->scope)},
          {"stage", error->stage},
          {"message", Printable(error->message)},
          {"hint", Printable(error->hint)}};
}

std::string DeliveryEventJson(const std::string& job, const std::string& provider,
                              const DeliveryResult& result) {
  json::array objects;
  for (const auto& object : result.objects) {
    objects.push_back({{"url", object.url}, {"bytes", object.bytes}, {"sha256", object.sha256}});
  }
  return json::serialize(json::object{{"event", "delivery"},
                                      {"job", job},
                                      {"provider", provider},
                                      {"name", Printable(result.name)},
                                      {"version", result.version},
                                      {"state", result.state},
                                      {"objects", objects},
                                      {"error", ErrorJson(result.error)},
                                      {"seconds", Rounded(result.seconds)}});
}

void AddCounts(const ledger::JobCounts& counts, json::object& to) {
  to["landed"] = counts.landed;
  to["failed"] = counts.failed;
  to["quarantined"] = counts.quarantined;
  to["conflict"] = counts.conflict;
  to["skipped"] = counts.skipped;
  to["known"] = counts.known;
  to["adopted"] = counts.adopted;
  to["bytes"] = counts.bytes;
}

std::string JobEventJson(const std::string& provider, const RunResult& result) {
  json::object event{{"event", "job"},
                     {"job", result.job},
                     {"provider", provider},
                     {"state", ledger::Name(result.state)}};
  AddCounts(result.counts, event);
  const auto& times = result.times;
  event["seconds"] = Rounded(result.seconds);
  event["stages"] = {{"download", Rounded(times.download)},
                     {"decrypt", Rounded(times.decrypt)},
                     {"unpack", Rounded(times.unpack)},
                     {"store", Rounded(times.store)},
                     {"commit", Rounded(times.commit)}};
  event["bottleneck"] = times.Bottleneck();
  event["error"] = ErrorJson(result.error);
  return json::serialize(event);
}

}  // namespace octo::app
