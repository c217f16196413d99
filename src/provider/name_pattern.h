#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace octo::provider {

// A provider's `name_pattern`: a regular expression (ECMAScript, and named groups "(?<date>\d{8})")
// that must match a whole remote name; its groups fill {1}, {2}, {date} in layouts. Matching takes
// time linear in the name for any pattern; back-references are refused for that reason. Immutable,
// so safe on any thread.
class NamePattern {
 public:
  // Throws kUsage (provider scope) for a text that is no such expression.
  explicit NamePattern(std::string_view text);

  // Group "1", "2", ... and the names, in order: what a layout may use.
  const std::vector<std::string>& Groups() const { return groups_; }

  // The texts of all groups by number and by name (empty for one that took no part); nullopt when
  // `name` does not match.
  std::optional<std::map<std::string, std::string, std::less<>>> Match(std::string_view name) const;

 private:
  struct Expression;

  std::string WithoutGroupNames(std::string_view text);

  std::vector<std::string> groups_;
  std::vector<std::string> names_;  // names_[i]: the name of group i + 1, or empty
  std::shared_ptr<const Expression> expression_;
};

}  // namespace octo::provider
