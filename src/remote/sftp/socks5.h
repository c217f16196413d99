#pragma once

#include <cstdint>
#include <string>

namespace octo::remote::sftp {

// Connects to host:port through a SOCKS5 proxy ("127.0.0.1:9090") without authentication (RFC
// 1928); the proxy resolves the name. The connected socket, or an exception (std::runtime_error)
// that says what failed. For the helper program: it blocks, for 20 seconds at most.
int ConnectBySocks5(const std::string& proxy, const std::string& host, uint16_t port);

// Hands a descriptor to ssh over standard output (ProxyUseFdpass).
void PassDescriptor(int over, int fd);

}  // namespace octo::remote::sftp
