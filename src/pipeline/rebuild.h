#pragma once

#include <functional>
#include <string>

#include "pipeline/site.h"

namespace octo::pipeline {

struct RebuildResult {
  int restored = 0;
  int known = 0;
  int unreadable = 0;
};

// Reads the provider's manifest objects at the destination back into the ledger. Deliveries that
// the ledger has are left as they are. `complain` gets a sentence for each manifest that can't be
// used.
RebuildResult RebuildLedger(const Site& site,
                            const std::function<void(const std::string&)>& complain,
                            const stream::Context& context);

}  // namespace octo::pipeline
