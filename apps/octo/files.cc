#include <fmt/core.h>

#include <boost/json.hpp>

#include "commands.h"
#include "composition.h"
#include "lookup.h"
#include "text.h"

namespace octo::app {
namespace {

namespace json = boost::json;
using ledger::Delivery;

ledger::DeliveryFilter FilterOf(const Arguments& arguments) {
  ledger::DeliveryFilter filter;
  if (!arguments.provider.empty()) filter.provider = arguments.provider;
  if (arguments.match != "*") filter.path_glob = arguments.match;
  if (arguments.limit) filter.limit = *arguments.limit;
  if (!arguments.state.empty()) {
    filter.state = ledger::DeliveryStateFromName(arguments.state);
    if (!filter.state) {
      throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "files",
                  fmt::format("there is no state '{}'", arguments.state),
                  "pending, fetching, committing, landed, adopted, quarantined or conflict");
    }
  }
  return filter;
}

json::object JsonOf(const Delivery& delivery) {
  json::object object{{"delivery", delivery.id},
                      {"provider", delivery.provider},
                      {"name", Printable(delivery.path)},
                      {"version", delivery.version},
                      {"state", ledger::Name(delivery.state)},
                      {"bytes", delivery.bytes},
                      {"modified", FormatTime(delivery.modified)},
                      {"discovered", FormatTime(delivery.discovered)},
                      {"tries", delivery.tries}};
  if (delivery.landed) object["landed"] = FormatTime(*delivery.landed);
  if (delivery.next_try) object["next_try"] = FormatTime(*delivery.next_try);
  if (delivery.error) {
    object["error"] = {{"kind", Name(delivery.error->kind)},
                       {"stage", delivery.error->stage},
                       {"message", Printable(delivery.error->message)},
                       {"hint", Printable(delivery.error->hint)}};
  }
  return object;
}

void PrintLine(const Delivery& delivery) {
  fmt::print("{}  {:<11} {:>9}  {}  {}{}\n", delivery.id.substr(0, 8), ledger::Name(delivery.state),
             HumanBytes(delivery.bytes),
             FormatTime(delivery.landed.value_or(delivery.discovered)).substr(0, 16),
             Printable(delivery.path),
             delivery.version > 1 ? fmt::format(" (version {})", delivery.version) : "");
  if (delivery.error && delivery.state != ledger::DeliveryState::kLanded) {
    fmt::print("{}\n", HumanError(*delivery.error, "          "));
  }
}

int Show(ledger::Ledger& ledger, const Arguments& arguments) {
  const Delivery delivery = DeliveryByPrefix(ledger, arguments.provider, arguments.show);
  json::object object = JsonOf(delivery);
  json::array objects;
  for (const auto& record : ledger.Objects(delivery.id)) {
    objects.push_back({{"url", record.url},
                       {"bytes", record.bytes},
                       {"sha256", record.sha256},
                       {"entry", record.entry}});
  }
  object["objects"] = std::move(objects);
  if (!delivery.facts.empty()) object["facts"] = json::parse(delivery.facts);
  json::array events;
  for (const auto& event : ledger.Events(delivery.id, 100)) {
    events.push_back(
        {{"at", FormatTime(event.at)}, {"kind", event.kind}, {"text", Printable(event.text)}});
  }
  object["events"] = std::move(events);
  fmt::print("{}\n", arguments.json ? json::serialize(object) : PrettyJson(object));
  return 0;
}

}  // namespace

int FilesCommand(const Arguments& arguments) {
  const auto ledger = MakeLedger(LoadSettings(arguments, false));
  if (!arguments.show.empty()) return Show(*ledger, arguments);
  for (const auto& delivery : ledger->Deliveries(FilterOf(arguments))) {
    if (arguments.json) {
      fmt::print("{}\n", json::serialize(JsonOf(delivery)));
    } else {
      PrintLine(delivery);
    }
  }
  return 0;
}

}  // namespace octo::app
