#pragma once

#include <boost/json/fwd.hpp>
#include <string>

#include "ledger/ledger.h"

namespace octo::app {

// The delivery whose id begins with `prefix`; kUsage when there is none or several. `provider` may
// be empty: any.
ledger::Delivery DeliveryByPrefix(ledger::Ledger& ledger, const std::string& provider,
                                  const std::string& prefix);

// JSON for people: indented, one key a line.
std::string PrettyJson(const boost::json::value& value);

}  // namespace octo::app
