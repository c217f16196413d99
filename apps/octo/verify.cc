#include "pipeline/verify.h"

#include <fmt/core.h>

#include <boost/json.hpp>

#include "commands.h"
#include "composition.h"
#include "lookup.h"
#include "text.h"

namespace octo::app {
namespace {

std::vector<ledger::Delivery> Chosen(ledger::Ledger& ledger, const Arguments& arguments) {
  std::vector<ledger::Delivery> deliveries;
  for (const auto& prefix : arguments.ids)
    deliveries.push_back(DeliveryByPrefix(ledger, arguments.provider, prefix));
  if (!arguments.ids.empty()) return deliveries;
  for (const auto state : {ledger::DeliveryState::kLanded, ledger::DeliveryState::kAdopted}) {
    auto found =
        ledger.Deliveries({.provider = arguments.provider, .state = state, .limit = 10'000'000});
    deliveries.insert(deliveries.end(), found.begin(), found.end());
  }
  return deliveries;
}

void PrintJson(const pipeline::VerifiedObject& object) {
  fmt::print("{}\n", boost::json::serialize(boost::json::object{{"event", "verified"},
                                                                {"delivery", object.delivery},
                                                                {"name", Printable(object.name)},
                                                                {"url", object.url},
                                                                {"verdict", Name(object.verdict)},
                                                                {"detail", object.detail}}));
}

}  // namespace

int VerifyCommand(const Arguments& arguments, std::stop_token stop) {
  using Verdict = pipeline::VerifiedObject::Verdict;
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider);
  const auto& site = composition.site();
  size_t looked_at = 0;
  const auto show = [&](const pipeline::VerifiedObject& object) {
    ++looked_at;
    if (arguments.json) {
      PrintJson(object);
    } else if (object.verdict != Verdict::kSame || arguments.verbose) {
      fmt::print("{:<10} {}  {}\n", Name(object.verdict), object.url, object.detail);
    }
  };
  const int wrong = pipeline::VerifyLanded(site, Chosen(site.ledger, arguments), show,
                                           {.stop = std::move(stop), .silence = site.silence});
  if (!arguments.json)
    fmt::print("{}: {} objects read, {} missing or different\n", arguments.provider, looked_at,
               wrong);
  return wrong == 0 ? 0 : 1;
}

}  // namespace octo::app
