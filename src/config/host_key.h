#pragma once

#include <string>
#include <string_view>

namespace octo::config {

// Why `line` is no public host key as in known_hosts, without the host: "ssh-ed25519 AAAA…
// [comment]". Empty when it is.
std::string HostKeyProblem(std::string_view line);

}  // namespace octo::config
