#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace octo::provider {

enum class CompanionKind { kSignature, kSha256, kMd5 };

// A file that vouches for a data file, by its name alone.
struct Companion {
  CompanionKind kind = CompanionKind::kSignature;
  // The names it may vouch for, the likeliest first: the name without the companion's extension
  // (then it speaks of that file's own bytes), and that name with .gpg, .pgp or .asc (then it
  // speaks of what is inside the encryption).
  std::vector<std::string> data_names;
};

// "tape.csv.gpg.sig", ".sha256", ".md5", ".asc" (upper case too); nullopt for every other name.
// Whether an ".asc" is a signature or an armored message, only the listing tells: see RoleOf
// (naming.h).
std::optional<Companion> CompanionOf(std::string_view name);

// A companion of one data file that is there.
struct FoundCompanion {
  std::string name;
  CompanionKind kind = CompanionKind::kSignature;
  bool of_content = false;  // speaks of the decrypted bytes, not of the file as it lies there
};

// The companions of `data_name` among the names of its folder; those of the file as it lies there
// first.
std::vector<FoundCompanion> FindCompanions(std::string_view data_name,
                                           const std::set<std::string, std::less<>>& listed);

}  // namespace octo::provider
