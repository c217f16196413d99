#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "config/key.h"

namespace octo::config {

// The secret that a reference stands for:
//   "env:NAME"      the environment variable NAME
//   "file:PATH"     the content of a file, without one newline at its end
//   "command:ARGV"  what a program prints, without one newline at its end (SplitWords says how ARGV
//   is split) anything else   the text itself, with a warning
// Problems say what is missing; then the secret is empty. A command is only run where the context
// allows it.
Secret ResolveSecret(std::string_view reference, const ReadContext& context, Problems& problems);

// The reference as it may be shown: a command without its arguments; "********" for a secret that
// stands in the file.
std::string MaskedReference(std::string_view reference);

}  // namespace octo::config
