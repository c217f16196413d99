#pragma once

#include <vector>

#include "config/finding.h"
#include "config/provenance.h"
#include "config/settings.h"

namespace octo::config {

// What is wrong with keys together: something required is missing, keys contradict one another,
// layouts use variables that do not exist, providers get in each other's way. Adds to `findings`.
void CheckSettings(const Settings& settings, const Provenance& provenance,
                   std::vector<Finding>& findings);

}  // namespace octo::config
