#include "remote/sftp/resolve.h"

#include <arpa/inet.h>
#include <fmt/core.h>

#include <algorithm>
#include <sstream>

#include "base/error.h"
#include "process/run_to_end.h"

namespace octo::remote::sftp {
namespace {

bool IsAddress(const std::string& host) {
  in6_addr buffer{};
  return inet_pton(AF_INET, host.c_str(), &buffer) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &buffer) == 1;
}

}  // namespace

std::vector<std::string> ResolveHost(const std::string& host, std::chrono::milliseconds deadline,
                                     std::stop_token stop) {
  if (IsAddress(host)) return {host};
  const auto result = process::RunToEnd({"getent", "ahosts", host}, "", deadline, std::move(stop));
  std::vector<std::string> addresses;
  std::istringstream lines(result.out);
  for (std::string line; std::getline(lines, line);) {
    const std::string address = line.substr(0, line.find(' '));
    const bool known = std::find(addresses.begin(), addresses.end(), address) != addresses.end();
    if (!address.empty() && !known) addresses.push_back(address);
  }
  if (addresses.empty()) {
    throw Error(ErrorKind::kTransient, ErrorScope::kProvider, "connect",
                fmt::format("the name {} can't be resolved", host),
                "check the host's name and this machine's name service");
  }
  return addresses;
}

}  // namespace octo::remote::sftp
