#include "lookup.h"

#include <fmt/core.h>

#include <boost/json.hpp>

namespace octo::app {
namespace {

void Write(const boost::json::value& value, const std::string& indent, std::string& out) {
  const std::string deeper = indent + "  ";
  const auto write_all = [&](const auto& items, char open, char close, auto&& write_item) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
      out += (first ? "\n" : ",\n") + deeper;
      first = false;
      write_item(item);
    }
    if (!first) out += "\n" + indent;
    out += close;
  };
  if (value.is_object()) {
    write_all(value.get_object(), '{', '}', [&](const auto& item) {
      out += boost::json::serialize(item.key()) + ": ";
      Write(item.value(), deeper, out);
    });
  } else if (value.is_array()) {
    write_all(value.get_array(), '[', ']', [&](const auto& item) { Write(item, deeper, out); });
  } else {
    out += boost::json::serialize(value);
  }
}

}  // namespace

std::string PrettyJson(const boost::json::value& value) {
  std::string out;
  Write(value, "", out);
  return out;
}

ledger::Delivery DeliveryByPrefix(ledger::Ledger& ledger, const std::string& provider,
                                  const std::string& prefix) {
  ledger::DeliveryFilter filter{.id_prefix = prefix, .limit = 2};
  if (!provider.empty()) filter.provider = provider;
  auto found = ledger.Deliveries(filter);
  if (found.size() == 1) return std::move(found.front());
  throw Error(
      ErrorKind::kUsage, ErrorScope::kProcess, "lookup",
      fmt::format("{} {}", found.empty() ? "there is no delivery" : "several deliveries begin with",
                  prefix),
      found.empty() ? "`octo files` lists them" : "give more digits");
}

}  // namespace octo::app
