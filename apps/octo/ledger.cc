#include <fmt/core.h>

#include "commands.h"
#include "composition.h"
#include "pipeline/rebuild.h"

namespace octo::app {

int LedgerCommand(const Arguments& arguments, std::stop_token stop) {
  const auto settings = LoadSettings(arguments);
  if (arguments.subcommand == "path") {
    fmt::print("{}\n", MakeLedger(settings)->Url());
    return 0;
  }
  const Composition composition(settings, arguments.provider);
  const auto& site = composition.site();
  const auto result = pipeline::RebuildLedger(
      site, [](const std::string& complaint) { fmt::print(stderr, "octo: {}\n", complaint); },
      {.stop = std::move(stop), .silence = site.silence});
  fmt::print("{}: {} deliveries restored, {} were known, {} manifests could not be used\n",
             arguments.provider, result.restored, result.known, result.unreadable);
  return result.unreadable == 0 ? 0 : 1;
}

}  // namespace octo::app
