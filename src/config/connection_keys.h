#pragma once

#include <vector>

#include "config/key.h"

namespace octo::config {

// The part of ProviderKeys (schema.h) that says how a vendor is reached, opened and how often:
// sftp, openpgp, schedule.
std::vector<Key> ConnectionKeys();

}  // namespace octo::config
