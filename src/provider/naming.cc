#include "provider/naming.h"

#include <algorithm>
#include <array>
#include <span>

#include "provider/companion.h"
#include "provider/extension.h"
#include "provider/object_key.h"

namespace octo::provider {
namespace {

constexpr std::array<std::string_view, 3> kEncryption = {".gpg", ".pgp", ".asc"};
constexpr std::array<std::string_view, 7> kCompression = {".gz",  ".gzip",  ".zst", ".zstd",
                                                          ".bz2", ".bzip2", ".xz"};
constexpr std::array<std::string_view, 7> kArchive = {".tgz",  ".tbz2", ".tbz", ".txz",
                                                      ".tzst", ".zip",  ".tar"};
constexpr std::array<std::string_view, 3> kMarkers = {".done", ".ok", ".ctl"};

// Takes one of the extensions off, if that leaves a name.
bool StripOne(std::string_view& name, std::span<const std::string_view> extensions) {
  for (const std::string_view extension : extensions) {
    if (name.size() > extension.size() && EndsWithIgnoringCase(name, extension)) {
      name.remove_suffix(extension.size());
      return true;
    }
  }
  return false;
}

bool MatchesAny(const std::vector<std::string>& patterns, std::string_view name) {
  return std::ranges::any_of(patterns,
                             [&](const std::string& pattern) { return GlobMatch(pattern, name); });
}

bool IsCompanion(std::string_view name, const std::set<std::string, std::less<>>& listed) {
  const auto companion = CompanionOf(name);
  if (!companion) return false;
  return !EndsWithIgnoringCase(name, ".asc") || listed.contains(companion->data_names.front());
}

bool IsMarker(const std::string& marker, std::string_view name) {
  if (name == "_SUCCESS") return true;
  if (std::ranges::any_of(
          kMarkers, [&](std::string_view ending) { return EndsWithIgnoringCase(name, ending); })) {
    return true;
  }
  if (marker.empty()) return false;
  const size_t variable = marker.find("{name}");
  if (variable == marker.npos) return name == marker;
  const std::string_view before = std::string_view(marker).substr(0, variable);
  const std::string_view after = std::string_view(marker).substr(variable + 6);
  return name.size() > before.size() + after.size() && name.starts_with(before) &&
         name.ends_with(after);
}

std::string_view LastPart(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// An entry's path as a key: each part escaped; an empty part (a leading, doubled or trailing '/')
// is kept as an escaped
// '/', so that "a//b" and "a/b" stay apart. "./" in front, which tar writes, says nothing and is
// dropped.
std::string EscapePath(std::string_view path) {
  while (path.starts_with("./")) path.remove_prefix(2);
  std::string key;
  std::string part;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    const std::string_view text = path.substr(begin, end - begin);
    if (text.empty()) {
      part += "%2F";
    } else {
      part += EscapeKeyPart(text);
    }
    if (!text.empty() || end == path.size()) {
      key += (key.empty() ? "" : "/") + part;
      part.clear();
    }
    begin = end + 1;
  }
  return key;
}

}  // namespace

NameRole RoleOf(const Provider& provider, std::string_view name,
                const std::set<std::string, std::less<>>& listed) {
  if (MatchesAny(provider.temporary, name)) return NameRole::kTemporary;
  if (IsCompanion(name, listed)) return NameRole::kCompanion;
  if (IsMarker(provider.marker, name)) return NameRole::kMarker;
  if (!MatchesAny(provider.include, name) || MatchesAny(provider.exclude, name))
    return NameRole::kExcluded;
  return NameRole::kData;
}

std::string MarkerOf(const Provider& provider, std::string_view data_name) {
  std::string marker = provider.marker;
  if (const size_t variable = marker.find("{name}"); variable != marker.npos) {
    marker.replace(variable, 6, data_name);
  }
  return marker;
}

std::string WithoutWrapping(std::string_view name) {
  StripOne(name, kEncryption);
  StripOne(name, kCompression);
  StripOne(name, kArchive);
  return std::string(name);
}

std::string_view TypeOf(std::string_view name) {
  for (const std::string_view type : {"csv", "pdf", "xml"}) {
    if (name.find("." + std::string(type)) != name.npos) return type;
  }
  return "other";
}

std::string WithVersion(std::string_view name, int version) {
  if (version <= 1) return std::string(name);
  const std::string_view extension = Extension(LastPart(name));
  const std::string_view stem = name.substr(0, name.size() - extension.size());
  return std::string(stem) + ".v" + std::to_string(version) + std::string(extension);
}

std::string FinalName(std::string_view remote_name, std::string_view entry_name,
                      bool several_entries, int version) {
  const std::string delivery = WithoutWrapping(remote_name);
  if (several_entries)
    return WithVersion(EscapeKeyPart(delivery) + "/" + EscapePath(entry_name), version);
  const std::string_view entry = LastPart(entry_name);
  const bool entry_knows_better = Extension(delivery).empty() && !Extension(entry).empty();
  return WithVersion(EscapeKeyPart(entry_knows_better ? entry : delivery), version);
}

}  // namespace octo::provider
