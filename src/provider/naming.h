#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "provider/provider.h"

namespace octo::provider {

// What a remote name is to a provider.
enum class NameRole {
  kData,
  kTemporary,  // still being written, or hidden
  kCompanion,  // .sig .asc(detached) .sha256 .md5: vouches for a data file
  kMarker,     // .done .ok _SUCCESS .ctl or the provider's own marker
  kExcluded,   // not among include, or among exclude
};

// Role of `name` by the names alone. An ".asc" is a companion only if the name without it is listed
// too; otherwise it is an armored message and data. `listed`: all names of the same listing.
NameRole RoleOf(const Provider& provider, std::string_view name,
                const std::set<std::string, std::less<>>& listed);

// The name of the marker that says that `data_name` is complete; empty when the provider waits for
// none.
std::string MarkerOf(const Provider& provider, std::string_view data_name);

// Shell glob (*, ?, [a-z], [!a-z], \ before a character that is meant itself) on the whole name,
// case-sensitive; '*' matches any characters. A character is a UTF-8 character, or a byte where the
// name is not UTF-8.
bool GlobMatch(std::string_view pattern, std::string_view name);

// The name without its wrapping extensions, in upper or lower case, each kind at most once: one of
// .gpg .pgp .asc, then one of .gz .gzip .zst .zstd .bz2 .bzip2 .xz, then one of .tar .zip .tgz .tbz
// .tbz2 .txz .tzst: "tape.csv.gz.gpg" -> "tape.csv". Never empty: ".gpg" stays.
std::string WithoutWrapping(std::string_view name);

// "csv", "pdf", "xml", else "other": the first of ".csv", ".pdf", ".xml" that the name contains, as
// the original did.
std::string_view TypeOf(std::string_view name);

// "name.v2.csv" for version 2 of "name.csv"; version 1 is the name itself. The extension is that of
// extension.h, of the last part of the name: "bundle/tape.v2.csv".
std::string WithVersion(std::string_view name, int version);

// The final name of a delivery's objects: one entry keeps the delivery's name without wrapping (or
// the entry's own name when that has an extension and the delivery's has none); several entries
// give "{delivery}/{entry}". Every part is escaped as object_key.h says, so that odd names give
// legal keys.
std::string FinalName(std::string_view remote_name, std::string_view entry_name,
                      bool several_entries, int version);

struct LayoutValues {
  std::string_view provider;
  std::string_view remote_name;  // as the vendor wrote it
  std::string_view final_name;   // of FinalName(); for a raw copy EscapeKeyPart(remote_name)
  std::string_view delivery;     // id
  std::string_view attempt;      // id
  int version = 1;
  WallTime modified;  // of the remote file: {date} {year} {month} {day}, UTC
};

// Expands {type} {provider} {name} {remote_name} {stem} {version} {date} {year} {month} {day}
// {delivery} {attempt} and the groups of name_pattern ({1}, {kind}; a group hides a variable of the
// same name). Parts that are too long are shortened (object_key.h). Throws kUsage (provider scope)
// for an unknown variable, a name that the pattern does not match, or a result that is not a legal
// key.
std::string ExpandLayout(const Provider& provider, std::string_view layout,
                         const LayoutValues& values);

}  // namespace octo::provider
