#include <fmt/core.h>

#include <boost/json.hpp>

#include "commands.h"
#include "composition.h"
#include "lookup.h"
#include "run_events.h"
#include "text.h"

namespace octo::app {
namespace {

namespace json = boost::json;
using ledger::Job;

json::object JsonOf(const Job& job) {
  json::object object{{"job", job.id},
                      {"provider", job.provider},
                      {"kind", job.kind},
                      {"state", ledger::Name(job.state)},
                      {"started", FormatTime(job.started)}};
  AddCounts(job.counts, object);
  object["worker"] = job.worker;
  if (job.finished) object["finished"] = FormatTime(*job.finished);
  if (!job.details.empty()) object["details"] = json::parse(job.details);
  if (job.error) object["error"] = Describe(*job.error);
  return object;
}

void PrintLine(const Job& job) {
  const auto& counts = job.counts;
  fmt::print("{}  {:<11} {:<7} {:<10} {}  {} landed, {} failed, {} refused, {}\n",
             job.id.substr(0, 8), ledger::Name(job.state), job.kind, job.provider,
             FormatTime(job.started).substr(0, 16), counts.landed, counts.failed,
             counts.quarantined + counts.conflict, HumanBytes(counts.bytes));
  if (job.error) fmt::print("{}\n", HumanError(*job.error, "          "));
}

}  // namespace

int JobsCommand(const Arguments& arguments) {
  const auto ledger = MakeLedger(LoadSettings(arguments, false));
  const std::optional<std::string> provider =
      arguments.provider.empty() ? std::nullopt : std::optional(arguments.provider);
  for (const auto& job :
       ledger->Jobs(provider, arguments.show.empty() ? arguments.limit.value_or(50) : 10'000)) {
    if (!job.id.starts_with(arguments.show)) continue;
    json::object object = JsonOf(job);
    if (!arguments.show.empty()) {
      json::array events;
      for (const auto& event : ledger->Events(job.id, 1000)) {
        events.push_back({{"at", FormatTime(event.at)},
                          {"delivery", event.delivery},
                          {"kind", event.kind},
                          {"text", Printable(event.text)}});
      }
      object["events"] = std::move(events);
    }
    if (arguments.json) {
      fmt::print("{}\n", json::serialize(object));
    } else if (!arguments.show.empty()) {
      fmt::print("{}\n", PrettyJson(object));
    } else {
      PrintLine(job);
    }
  }
  return 0;
}

}  // namespace octo::app
