#include "config/finding.h"

#include <fmt/core.h>

#include <algorithm>

namespace octo::config {

std::string FormatFinding(const Finding& finding) {
  std::string text;
  if (!finding.file.empty()) text += finding.file + ":";
  if (finding.line != 0) text += fmt::format("{}:", finding.line);
  if (finding.column != 0) text += fmt::format("{}:", finding.column);
  if (!text.empty()) text += " ";
  text += finding.severity == Severity::kError ? "error: " : "warning: ";
  if (!finding.key.empty()) text += finding.key + ": ";
  text += finding.message;
  if (!finding.suggestion.empty()) text += fmt::format(" ({})", finding.suggestion);
  return text;
}

bool HasErrors(const std::vector<Finding>& findings) {
  return std::ranges::any_of(findings,
                             [](const Finding& f) { return f.severity == Severity::kError; });
}

}  // namespace octo::config
