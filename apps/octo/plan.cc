#include <fmt/core.h>

#include <boost/json.hpp>

#include "commands.h"
#include "composition.h"
#include "pipeline/planner.h"
#include "text.h"

namespace octo::app {
namespace {

using pipeline::Plan;
using pipeline::PlannedFile;
using pipeline::Verdict;

void PrintJson(const Plan& plan, const pipeline::Site& site) {
  for (const auto& file : plan.files) {
    fmt::print("{}\n", boost::json::serialize(boost::json::object{
                           {"event", "planned"},
                           {"provider", site.provider.name},
                           {"name", Printable(file.entry.path)},
                           {"bytes", file.entry.bytes},
                           {"modified", FormatTime(file.entry.modified)},
                           {"verdict", Name(file.verdict)},
                           {"reason", Printable(file.reason)},
                           {"url", file.key.empty() ? "" : site.store.Url() + "/" + file.key}}));
  }
}

void PrintText(const Plan& plan, const pipeline::Site& site, bool all) {
  size_t hidden = 0;
  for (const auto& file : plan.files) {
    const bool dull = file.verdict == Verdict::kKnown || file.verdict == Verdict::kNotData;
    if (dull && !all) {
      ++hidden;
      continue;
    }
    fmt::print("{:<12} {:>9}  {}\n", Name(file.verdict), HumanBytes(file.entry.bytes),
               Printable(file.entry.path));
    fmt::print("{:<12} {:>9}  {}\n", "", "", Printable(file.reason));
    if (file.verdict == Verdict::kFetch)
      fmt::print("{:<12} {:>9}  → {}/{}\n", "", "", site.store.Url(), file.key);
  }
  fmt::print("{}: {} to fetch, {}; {} known", site.provider.name, plan.CountOf(Verdict::kFetch),
             HumanBytes(plan.BytesToFetch()), plan.CountOf(Verdict::kKnown));
  fmt::print("{}\n",
             hidden > 0 ? fmt::format("; {} names not shown (--all shows them)", hidden) : "");
}

}  // namespace

int PlanCommand(const Arguments& arguments, std::stop_token stop) {
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider);
  const auto& site = composition.site();
  const Plan plan = pipeline::MakePlan(site, PlanOptionsOf(arguments),
                                       {.stop = std::move(stop), .silence = site.silence});
  if (arguments.json) {
    PrintJson(plan, site);
  } else {
    PrintText(plan, site, arguments.all);
  }
  return 0;
}

}  // namespace octo::app
