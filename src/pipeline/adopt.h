#pragma once

#include <string>
#include <vector>

#include "pipeline/planner.h"
#include "pipeline/site.h"

namespace octo::pipeline {

struct Adoption {
  PlannedFile file;
  storage::ObjectInfo object;
  std::string url;
};

// Files of the vendor that an older system has landed already: an object of the file's final name
// (the last part of the key is compared, as that system did), without metadata of ours, and not
// older than the file. Changes nothing. The entries of archives are not found: their names are
// known only once fetched.
std::vector<Adoption> FindAdoptions(const Site& site, const stream::Context& context);

// Makes the ledger count them as landed. Only for a provider without any delivery in the ledger:
// kUsage otherwise.
void Adopt(const Site& site, const std::vector<Adoption>& adoptions);

}  // namespace octo::pipeline
