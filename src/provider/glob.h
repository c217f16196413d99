#pragma once

#include <string>
#include <string_view>

namespace octo::provider {

// Why `pattern` is no shell glob as GlobMatch (naming.h) understands it; empty when it is one.
std::string GlobProblem(std::string_view pattern);

}  // namespace octo::provider
