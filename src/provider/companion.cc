#include "provider/companion.h"

#include <array>
#include <utility>

#include "provider/extension.h"

namespace octo::provider {
namespace {

constexpr std::array<std::pair<std::string_view, CompanionKind>, 4> kExtensions = {{
    {".sig", CompanionKind::kSignature},
    {".asc", CompanionKind::kSignature},
    {".sha256", CompanionKind::kSha256},
    {".md5", CompanionKind::kMd5},
}};
constexpr std::array<std::string_view, 3> kEncryption = {".gpg", ".pgp", ".asc"};

// The listed companions whose name is `base` and a companion's extension.
void Collect(std::string_view base, std::string_view data_name, bool of_content,
             const std::set<std::string, std::less<>>& listed, std::vector<FoundCompanion>& found) {
  for (auto it = listed.lower_bound(base); it != listed.end() && it->starts_with(base); ++it) {
    const auto companion = CompanionOf(*it);
    if (companion && companion->data_names.front() == base && *it != data_name) {
      found.push_back({*it, companion->kind, of_content});
    }
  }
}

}  // namespace

std::optional<Companion> CompanionOf(std::string_view name) {
  for (const auto& [extension, kind] : kExtensions) {
    if (name.size() <= extension.size() || !EndsWithIgnoringCase(name, extension)) continue;
    const std::string base(name.substr(0, name.size() - extension.size()));
    Companion companion{kind, {base}};
    for (const std::string_view encryption : kEncryption) {
      companion.data_names.push_back(base + std::string(encryption));
    }
    return companion;
  }
  return std::nullopt;
}

std::vector<FoundCompanion> FindCompanions(std::string_view data_name,
                                           const std::set<std::string, std::less<>>& listed) {
  std::vector<FoundCompanion> found;
  Collect(data_name, data_name, false, listed, found);
  for (const std::string_view encryption : kEncryption) {
    if (!EndsWithIgnoringCase(data_name, encryption)) continue;
    const std::string_view base = data_name.substr(0, data_name.size() - encryption.size());
    // "tape.csv.sha256" beside both "tape.csv" and "tape.csv.gpg" is about the first.
    if (!base.empty() && !listed.contains(base)) Collect(base, data_name, true, listed, found);
  }
  return found;
}

}  // namespace octo::provider
