#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace octo::provider {

enum class After { kKeep, kDelete, kMove };
enum class Unframed { kAllow, kRequireCompanion };
enum class OnNewVersion { kAddVersion, kReplace };

// What a provider is, apart from how it is reached (remote) and opened (openpgp): names, readiness,
// layout, limits. Plain data; the presets and the configuration fill it.
struct Provider {
  std::string name;  // "affirm"; also the folder in the layout
  // Folders to look into, the first that exists is the inbox ("" = the account's root).
  std::vector<std::string> inbox = {"inbox"};

  // Which names are data: all that match a pattern of `include` and none of `exclude` (shell globs
  // on the file name), and are neither temporary, hidden, companions nor markers.
  std::vector<std::string> include = {"*"};
  std::vector<std::string> exclude;
  std::vector<std::string> temporary = {"*.tmp",     "*.part",    "*.filepart",
                                        "*.partial", "*.writing", ".*"};

  // Ready: vendor's now - mtime >= settle, or seen unchanged twice within the run `settle` apart,
  // or the marker is there.
  std::chrono::seconds settle = std::chrono::seconds(60);
  // The name of the marker file for the data file {name}: "{name}.done", or one for all; empty:
  // none is waited for.
  std::string marker;
  bool allow_empty = false;
  // How long an incomplete file is looked at again before it is quarantined.
  std::chrono::seconds incomplete_deadline = std::chrono::hours(24);

  bool require_checksum = false;  // a .sha256 / .md5 companion must be there
  bool require_detached_signature = false;
  Unframed unframed = Unframed::kAllow;

  std::string destination;  // s3://bucket/prefix or file:///folder
  std::string layout = "data/{type}/{provider}/{name}";
  std::string keep_raw;      // "raw/{provider}/{date}/{name}"; empty: not kept
  std::string name_pattern;  // a regular expression (name_pattern.h) on the remote name; its groups
                             // fill {1}, {kind}
  OnNewVersion on_new_version = OnNewVersion::kAddVersion;
  After after = After::kKeep;
  std::string move_to;  // for kMove: a folder relative to the inbox

  int parallel_files = 4;

  bool operator==(const Provider&) const = default;
};

}  // namespace octo::provider
