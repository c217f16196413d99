// A TCP proxy that makes a distance: what arrives in either direction is passed on half a round
// trip later, at any speed. (The handshake itself is not delayed.)
//   delay_proxy HOST PORT ROUND_TRIP_MS      prints "PORT=n" and serves 127.0.0.1:n until it is
//   killed
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kChunkBytes = size_t{256} << 10;
constexpr size_t kMostBytesUnderway =
    size_t{128} << 20;  // a direction; far above any speed times delay measured here

[[noreturn]] void Fail(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {
    if (fd < 0) Fail("socket");
  }
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  int fd() const { return fd_; }

 private:
  int fd_;
};

struct Chunk {
  Clock::time_point due;
  std::vector<std::byte> bytes;  // empty: the end
  size_t sent = 0;
};

// One direction of a connection. Sockets do not block; readiness is tried out, epoll
// (edge-triggered) only wakes.
class Direction {
 public:
  Direction(int from, int to, Clock::duration delay) : from_(from), to_(to), delay_(delay) {}

  // Takes what has arrived and sends what is due. False when the connection is broken.
  bool Move() {
    while (!ended_ && underway_ < kMostBytesUnderway) {
      const ssize_t n = read(from_, arrived_.data(), arrived_.size());
      if (n < 0 && errno == EAGAIN) break;
      if (n < 0) return false;
      ended_ = n == 0;
      underway_ += static_cast<size_t>(n);
      chunks_.push_back({Clock::now() + delay_, {arrived_.begin(), arrived_.begin() + n}});
    }
    return Send();
  }

  // When there will be something to send, if anything waits for its time.
  Clock::time_point Next() const {
    return chunks_.empty() || blocked_ ? Clock::time_point::max() : chunks_.front().due;
  }
  bool Finished() const { return ended_ && chunks_.empty(); }

 private:
  bool Send() {
    blocked_ = false;
    while (!chunks_.empty() && chunks_.front().due <= Clock::now()) {
      Chunk& chunk = chunks_.front();
      if (chunk.bytes.empty()) {
        shutdown(to_, SHUT_WR);
        chunks_.pop_front();
        continue;
      }
      const auto rest = std::span(chunk.bytes).subspan(chunk.sent);
      const ssize_t n = send(to_, rest.data(), rest.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EAGAIN) {
        blocked_ = true;
        return true;
      }
      if (n < 0) return false;
      chunk.sent += static_cast<size_t>(n);
      underway_ -= static_cast<size_t>(n);
      if (chunk.sent == chunk.bytes.size()) chunks_.pop_front();
    }
    return true;
  }

  int from_;
  int to_;
  Clock::duration delay_;
  std::vector<std::byte> arrived_ = std::vector<std::byte>(kChunkBytes);
  std::deque<Chunk> chunks_;
  size_t underway_ = 0;
  bool ended_ = false;
  bool blocked_ = false;  // the receiver is full; epoll tells when it is not
};

class Connection {
 public:
  Connection(Socket client, Socket server, Clock::duration delay)
      : client_(std::move(client)),
        server_(std::move(server)),
        there_(client_.fd(), server_.fd(), delay),
        back_(server_.fd(), client_.fd(), delay) {}

  // False when the connection is over.
  bool Move() { return there_.Move() && back_.Move() && !(there_.Finished() && back_.Finished()); }
  Clock::time_point Next() const { return std::min(there_.Next(), back_.Next()); }

 private:
  Socket client_;
  Socket server_;
  Direction there_;
  Direction back_;
};

sockaddr_in Address(const char* host, int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
    throw std::runtime_error("HOST is an IPv4 address");
  return address;
}

Socket Listen() {
  Socket listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_in address = Address("127.0.0.1", 0);
  socklen_t length = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener.fd(), plain, length) != 0 || listen(listener.fd(), 64) != 0) Fail("listen");
  if (getsockname(listener.fd(), plain, &length) != 0) Fail("getsockname");
  std::printf("PORT=%d\n", ntohs(address.sin_port));
  std::fflush(stdout);
  return listener;
}

Socket Connect(const sockaddr_in& target) {
  Socket server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (connect(server.fd(), reinterpret_cast<const sockaddr*>(&target), sizeof target) != 0)
    Fail("connect");
  if (fcntl(server.fd(), F_SETFL, O_NONBLOCK) != 0) Fail("fcntl");
  return server;
}

class Proxy {
 public:
  Proxy(const sockaddr_in& target, Clock::duration delay)
      : target_(target), delay_(delay), listener_(Listen()), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    Watch(listener_.fd());
  }

  void Step() {
    std::array<epoll_event, 64> events;
    const timespec wait = Wait();
    if (epoll_pwait2(epoll_.fd(), events.data(), events.size(), &wait, nullptr) < 0 &&
        errno != EINTR)
      Fail("epoll");
    Accept();
    std::erase_if(connections_, [](const auto& connection) { return !connection->Move(); });
  }

 private:
  void Watch(int fd) {
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    if (epoll_ctl(epoll_.fd(), EPOLL_CTL_ADD, fd, &event) != 0) Fail("epoll_ctl");
  }

  void Accept() {
    for (int fd = 0;
         (fd = accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      Socket client(fd);
      Socket server = Connect(target_);
      for (const int end : {client.fd(), server.fd()}) {
        const int on = 1;
        setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        Watch(end);
      }
      connections_.push_back(
          std::make_unique<Connection>(std::move(client), std::move(server), delay_));
    }
  }

  // Until the next chunk is due; a second at most, which bounds the cost of a missed wake-up.
  timespec Wait() const {
    auto next = Clock::now() + std::chrono::seconds(1);
    for (const auto& connection : connections_) next = std::min(next, connection->Next());
    const auto wait =
        std::chrono::nanoseconds(std::max(Clock::duration::zero(), next - Clock::now())).count();
    return {.tv_sec = wait / 1'000'000'000, .tv_nsec = wait % 1'000'000'000};
  }

  sockaddr_in target_;
  Clock::duration delay_;
  Socket listener_;
  Socket epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: delay_proxy HOST PORT ROUND_TRIP_MS");
  std::signal(SIGPIPE, SIG_IGN);
  const std::chrono::duration<double, std::milli> delay(std::atof(argv[3]) / 2);
  Proxy proxy(Address(argv[1], std::atoi(argv[2])),
              std::chrono::duration_cast<Clock::duration>(delay));
  while (true) proxy.Step();
} catch (const std::exception& error) {
  std::fprintf(stderr, "delay_proxy: %s\n", error.what());
  return 1;
}
