#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/key.h"

namespace octo::config {

// The path that a text means: "~/" is the home folder, a relative path starts at the context's
// folder.
std::string ResolvePath(std::string_view path, const ReadContext& context);

// Reports a file that is not there or can't be read. Returns whether all is well.
bool CheckFile(const std::string& path, const ReadContext& context, Problems& problems);

// Warns when others than the owner can read a file that holds a secret: anybody, or with `strict`
// also its group (ssh refuses such keys).
void CheckMode(const std::string& path, bool strict, Problems& problems);

// Whether the file begins like an OpenPGP secret key, armored or binary.
bool HoldsOpenPgpSecretKey(const std::string& path);

}  // namespace octo::config
