#include "remote/sftp/askpass.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>

#include "process/descriptor.h"
#include "remote/sftp/socks5.h"

namespace octo::remote::sftp {
namespace {

void WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = write(fd, bytes.data(), bytes.size());
    if (count <= 0) throw std::runtime_error("cannot write");
    bytes.remove_prefix(static_cast<size_t>(count));
  }
}

// Sends the fields, each ended by a zero byte. The answer: "+" and the text for ssh, or nothing for
// a refusal.
int Ask(const char* socket_path, int argc, char** argv) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, socket_path, sizeof address.sun_path - 1);
  const process::Descriptor connection(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(connection.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error("Octo does not answer");
  }
  std::string request;
  for (int i = 1; i < argc; ++i) request += std::string(argv[i]) + '\0';
  WriteAll(connection.get(), request);
  shutdown(connection.get(), SHUT_WR);
  std::string answer;
  std::array<char, 4096> buffer;
  while (true) {
    const ssize_t count = read(connection.get(), buffer.data(), buffer.size());
    if (count <= 0) break;
    answer.append(buffer.data(), static_cast<size_t>(count));
  }
  explicit_bzero(buffer.data(), buffer.size());
  const bool accepted = !answer.empty();
  if (accepted) WriteAll(STDOUT_FILENO, std::string_view(answer).substr(1));
  explicit_bzero(answer.data(), answer.size());
  return accepted ? 0 : 1;
}

int PassSocks5(char** argv) {
  try {
    const auto port = static_cast<uint16_t>(std::stoul(argv[4]));
    const process::Descriptor connection(ConnectBySocks5(argv[2], argv[3], port));
    PassDescriptor(STDOUT_FILENO, connection.get());
    return 0;
  } catch (const std::exception& error) {
    fmt::print(stderr, "SOCKS proxy {}: {}\n", argv[2], error.what());
    return 1;
  }
}

}  // namespace

int RunAskpass(int argc, char** argv) {
  // A prompt may be the server's text, but it is always one argument.
  if (argc == 5 && std::string_view(argv[1]) == "socks5") return PassSocks5(argv);
  const char* socket_path = std::getenv(kAskpassSocket);
  const bool known_hosts = argc == 7 && std::string_view(argv[1]) == "known-hosts";
  if (socket_path == nullptr || (argc != 2 && !known_hosts)) return 2;
  try {
    return Ask(socket_path, argc, argv);
  } catch (const std::exception& error) {
    fmt::print(stderr, "octo helper: {}\n", error.what());
    return 1;
  }
}

}  // namespace octo::remote::sftp
