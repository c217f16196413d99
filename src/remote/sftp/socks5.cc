#include "remote/sftp/socks5.h"

#include <fmt/core.h>
#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string_view>

#include "base/error.h"
#include "process/descriptor.h"

namespace octo::remote::sftp {
namespace {

using process::Descriptor;

Descriptor ConnectTcp(const std::string& host, const std::string& port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* list = nullptr;
  if (const int error = getaddrinfo(host.c_str(), port.c_str(), &hints, &list); error != 0) {
    throw std::runtime_error(fmt::format("cannot resolve {}: {}", host, gai_strerror(error)));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  int last_error = 0;
  for (const addrinfo* at = list; at != nullptr; at = at->ai_next) {
    Descriptor socket_fd(socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval most{20, 0};  // also bounds connect
    setsockopt(socket_fd.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    setsockopt(socket_fd.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    if (connect(socket_fd.get(), at->ai_addr, at->ai_addrlen) == 0) return socket_fd;
    last_error = errno;
  }
  throw std::runtime_error(fmt::format("{}:{}: {}", host, port, ErrnoText(last_error)));
}

void SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) throw std::runtime_error("it does not take our request");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

std::string ReceiveExactly(int fd, size_t bytes) {
  std::string text(bytes, '\0');
  if (recv(fd, text.data(), bytes, MSG_WAITALL) != static_cast<ssize_t>(bytes)) {
    throw std::runtime_error("it closed the connection or did not answer");
  }
  return text;
}

std::string ReplyText(unsigned char code) {
  constexpr std::array<const char*, 9> kTexts = {"succeeded",
                                                 "general failure",
                                                 "not allowed by its rules",
                                                 "network unreachable",
                                                 "host unreachable",
                                                 "connection refused",
                                                 "time to live expired",
                                                 "command unsupported",
                                                 "address type unsupported"};
  return code < kTexts.size() ? kTexts[code] : fmt::format("code {}", code);
}

void Negotiate(int fd, const std::string& host, uint16_t port) {
  if (host.size() > 255) throw std::runtime_error("the host name is too long");
  SendAll(fd, std::string("\x05\x01\x00", 3));
  if (ReceiveExactly(fd, 2) != std::string("\x05\x00", 2)) {
    throw std::runtime_error("it is no SOCKS5 proxy, or wants a login");
  }
  std::string request("\x05\x01\x00\x03", 4);
  request += static_cast<char>(host.size());
  request += host;
  request += static_cast<char>(port >> 8);
  request += static_cast<char>(port & 0xff);
  SendAll(fd, request);
  const std::string reply = ReceiveExactly(fd, 4);
  const auto code = static_cast<unsigned char>(reply[1]);
  if (code != 0) {
    throw std::runtime_error(
        fmt::format("connection to {}:{} failed: {}", host, port, ReplyText(code)));
  }
  // The address it bound, of no use to us.
  size_t address = reply[3] == 1 ? 4 : 16;
  if (reply[3] == 3) address = static_cast<unsigned char>(ReceiveExactly(fd, 1)[0]);
  ReceiveExactly(fd, address + 2);
}

}  // namespace

int ConnectBySocks5(const std::string& proxy, const std::string& host, uint16_t port) {
  const size_t colon = proxy.rfind(':');
  if (colon == std::string::npos) throw std::runtime_error("the proxy is not given as host:port");
  const Descriptor connection = ConnectTcp(proxy.substr(0, colon), proxy.substr(colon + 1));
  Negotiate(connection.get(), host, port);
  // The time limits were ours, not the session's.
  const timeval none{};
  setsockopt(connection.get(), SOL_SOCKET, SO_RCVTIMEO, &none, sizeof none);
  setsockopt(connection.get(), SOL_SOCKET, SO_SNDTIMEO, &none, sizeof none);
  return dup(connection.get());
}

void PassDescriptor(int over, int fd) {
  char byte = 0;
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* header = CMSG_FIRSTHDR(&message);
  header->cmsg_level = SOL_SOCKET;
  header->cmsg_type = SCM_RIGHTS;
  header->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (sendmsg(over, &message, MSG_NOSIGNAL) < 0) {
    throw std::runtime_error(fmt::format("cannot pass the connection: {}", ErrnoText(errno)));
  }
}

}  // namespace octo::remote::sftp
