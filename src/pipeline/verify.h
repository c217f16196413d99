#pragma once

#include <functional>
#include <string>
#include <vector>

#include "pipeline/site.h"

namespace octo::pipeline {

struct VerifiedObject {
  std::string delivery;
  std::string name;  // the remote path
  std::string url;
  enum class Verdict {
    kSame,
    kMissing,
    kDifferent,
    kUnknown
  };  // unknown: adopted, nobody knows its hash
  Verdict verdict = Verdict::kSame;
  std::string detail;
};
std::string_view Name(VerifiedObject::Verdict verdict);

// Reads every object of the landed and adopted deliveries again and compares size and SHA-256 with
// the ledger. Objects that a later version replaced are left out. Changes nothing. Returns how many
// are missing or different.
int VerifyLanded(const Site& site, const std::vector<ledger::Delivery>& deliveries,
                 const std::function<void(const VerifiedObject&)>& visit,
                 const stream::Context& context);

}  // namespace octo::pipeline
