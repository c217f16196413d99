#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/key.h"

namespace octo::config {

// The keys without a provider, "ledger.url", in the order in which they are read and documented.
const std::vector<Key>& GlobalKeys();

// The keys of each provider, relative to "provider.NAME.".
const std::vector<Key>& ProviderKeys();

}  // namespace octo::config
