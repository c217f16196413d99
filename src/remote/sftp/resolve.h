#pragma once

#include <chrono>
#include <stop_token>
#include <string>
#include <vector>

namespace octo::remote::sftp {

// The addresses of a name, in the system's order of preference; the name itself if it is an
// address. Can be stopped at any time, which getaddrinfo can't. Throws kTransient of provider scope
// when there are none, kCancelled.
std::vector<std::string> ResolveHost(const std::string& host, std::chrono::milliseconds deadline,
                                     std::stop_token stop);

}  // namespace octo::remote::sftp
