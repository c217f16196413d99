#include <fmt/core.h>

#include "commands.h"
#include "composition.h"
#include "lookup.h"
#include "pipeline/runner.h"

namespace octo::app {
namespace {

std::vector<std::string> ChosenIds(ledger::Ledger& ledger, const Arguments& arguments) {
  std::vector<std::string> ids;
  for (const auto& prefix : arguments.ids)
    ids.push_back(DeliveryByPrefix(ledger, arguments.provider, prefix).id);
  if (!arguments.all) return ids;
  for (const auto state : {ledger::DeliveryState::kQuarantined, ledger::DeliveryState::kConflict}) {
    for (const auto& delivery :
         ledger.Deliveries({.provider = arguments.provider, .state = state, .limit = 1'000'000})) {
      ids.push_back(delivery.id);
    }
  }
  return ids;
}

}  // namespace

int ReplayCommand(const Arguments& arguments, std::stop_token stop) {
  if (arguments.ids.empty() && !arguments.all) {
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "replay",
                "say which deliveries: their ids, or --all",
                fmt::format("`octo files {} --state quarantined` lists what was refused",
                            arguments.provider));
  }
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider);
  auto& ledger = composition.site().ledger;
  pipeline::RunOptions options{.kind = "replay", .look_again = false, .from_raw = true};
  for (const auto& id : ChosenIds(ledger, arguments)) {
    if (ledger.Replay(id)) {
      options.only.push_back(id);
    } else {
      fmt::print(stderr, "octo replay: {} needs no replay\n", id.substr(0, 8));
    }
  }
  if (options.only.empty()) return 0;
  const auto display = DisplayFor(arguments);
  const auto result = pipeline::Run(composition.site(), options, *display, stop);
  display->End(result);
  return result.ExitCode();
}

}  // namespace octo::app
