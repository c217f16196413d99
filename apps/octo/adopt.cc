#include "pipeline/adopt.h"

#include <fmt/core.h>

#include "commands.h"
#include "composition.h"
#include "text.h"

namespace octo::app {

int AdoptCommand(const Arguments& arguments, std::stop_token stop) {
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider);
  const auto& site = composition.site();
  const auto adoptions =
      pipeline::FindAdoptions(site, {.stop = std::move(stop), .silence = site.silence});
  if (!arguments.dry_run) pipeline::Adopt(site, adoptions);
  for (const auto& adoption : adoptions) {
    fmt::print("{}  {}  ← {}\n", arguments.dry_run ? "would adopt" : "adopted", adoption.url,
               Printable(adoption.file.entry.path));
  }
  fmt::print("{}: {} {}\n", arguments.provider, adoptions.size(),
             arguments.dry_run ? "would be counted as landed" : "count as landed");
  return 0;
}

}  // namespace octo::app
