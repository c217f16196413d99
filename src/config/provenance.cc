#include "config/provenance.h"

#include <algorithm>

#include "config/load.h"

namespace octo::config {

Finding Provenance::At(Severity severity, const std::string& key, std::string message,
                       std::string suggestion) const {
  Finding finding{severity, "", 0, 0, key, std::move(message), std::move(suggestion)};
  for (std::string path = key; !path.empty();
       path.resize(path.find('.') == path.npos ? 0 : path.rfind('.'))) {
    const auto line = lines_.find(path);
    if (line == lines_.end()) continue;
    finding.file = file_;
    finding.line = line->second;
    break;
  }
  return finding;
}

bool Provenance::AnySet(std::string_view prefix) const {
  return std::ranges::any_of(values_, [&](const EffectiveValue& value) {
    return value.key.starts_with(prefix) && value.origin.kind != Origin::Kind::kDefault;
  });
}

bool Provenance::HasValue(std::string_view key) const {
  const auto value = std::ranges::find(values_, key, &EffectiveValue::key);
  return value != values_.end() && !value->value.empty() && value->value != "\"\"" &&
         value->value != "[]";
}

}  // namespace octo::config
