#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace octo::ledger {

// An error as it is stored: {"kind":"corrupt","scope":"delivery","stage","message","hint"}.
std::string ErrorToJson(const Error& error);
// Its inverse. Unknown fields are ignored, missing ones empty; throws kCorrupt (process scope) for
// what is no object.
Error ErrorFromJson(std::string_view json);

}  // namespace octo::ledger
