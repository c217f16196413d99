#pragma once

#include <set>
#include <optional>
#include <string>
#include <string_view>

#include "base/time.h"
#include "provider/provider.h"

namespace octo::provider {

// What a remote name is to a provider.
enum class NameRole {
  kData,
  kTemporary,   // still being written, or hidden
  kCompanion,   // .sig .asc(detached) .sha256 .md5: vouches for a data file
  kMarker,      // .done .ok _SUCCESS .ctl or the provider's own marker
  kExcluded,    // not among include, or among exclude
};

// Role of `name` by the names alone. An ".asc" is a companion only if the name without it is listed too; otherwise it is an
// armored message and data. `listed`: all names of the same listing.
NameRole RoleOf(const Provider& provider, std::string_view name, const std::set<std::string, std::less<>>& listed);

// Shell glob (*, ?, [a-z]) on the whole name; '*' matches any character.
bool GlobMatch(std::string_view pattern, std::string_view name);

// The name without its wrapping extensions: .gpg .pgp .asc, then .gz .gzip .zst .bz2 .xz .zip .tar .tgz ... (each at
// most once an actual layer): "tape.csv.gz.gpg" -> "tape.csv".
std::string WithoutWrapping(std::string_view name);

// "csv", "pdf", "xml", else "other": the first of ".csv", ".pdf", ".xml" that the name contains, as the original did.
std::string_view TypeOf(std::string_view name);

// "name.v2.csv" for version 2 of "name.csv"; version 1 is the name itself.
std::string WithVersion(std::string_view name, int version);

// The final name of a delivery's objects: one entry keeps the delivery's name without wrapping (or the entry's own name
// when that has an extension and the delivery's has none); several entries give "{delivery}/{entry}".
std::string FinalName(std::string_view remote_name, std::string_view entry_name, bool several_entries, int version);

struct LayoutValues {
  std::string_view provider;
  std::string_view remote_name;
  std::string_view final_name;
  std::string_view delivery;  // id
  std::string_view attempt;   // id
  int version = 1;
  WallTime modified;  // of the remote file: {date} {year} {month} {day}, UTC
};

// Expands {type} {provider} {name} {remote_name} {stem} {version} {date} {year} {month} {day} {delivery} and the groups
// of name_pattern. Throws kUsage for an unknown variable or a result that is not a legal key.
std::string ExpandLayout(const Provider& provider, std::string_view layout, const LayoutValues& values);

}  // namespace octo::provider
