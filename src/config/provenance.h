#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/finding.h"
#include "config/value.h"

namespace octo::config {

struct EffectiveValue;

// Knows where each key's value stands, so that a finding about what a key means together with
// others has a place too. Borrows what it is made of.
class Provenance {
 public:
  Provenance(const std::vector<EffectiveValue>& values, const std::map<std::string, int>& lines,
             const std::string& file)
      : values_(values), lines_(lines), file_(file) {}

  // A finding about a key, at its line, else at the line of the nearest table around it that the
  // file has.
  Finding At(Severity severity, const std::string& key, std::string message,
             std::string suggestion) const;

  // Whether a key below `prefix` is set by the file, the environment or a preset.
  bool AnySet(std::string_view prefix) const;

  // Whether a key was given a value at all, right or wrong.
  bool HasValue(std::string_view key) const;

 private:
  const std::vector<EffectiveValue>& values_;
  const std::map<std::string, int>& lines_;
  const std::string& file_;
};

}  // namespace octo::config
