#pragma once

#include <arpa/inet.h>
#include <fmt/core.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <cctype>
#include <exception>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

// For tests only.
namespace octo::net {

// A small HTTP/1.1 server on a free port of 127.0.0.1, whose answers a test decides, the bad ones
// too.
class LoopbackServer {
 public:
  struct Request {
    std::string method;
    std::string target;                               // path and query, as sent
    std::map<std::string, std::string> headers = {};  // names in lower case
    std::string body = {};
    int connection = 0;  // counts from 1
  };
  struct Answer {
    int status = 200;
    std::map<std::string, std::string> headers = {};
    std::string body = {};
    // The ways to misbehave.
    bool close_before = false;          // take the request and close without an answer
    bool reset_before = false;          // the same, with a reset
    bool hold = false;                  // never answer, keep the connection open
    size_t cut_body_after = SIZE_MAX;   // close after so many bytes of the body
    size_t hold_body_after = SIZE_MAX;  // fall silent after so many bytes of the body
  };
  using Handler = std::function<Answer(const Request&)>;

  explicit LoopbackServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
        listen(listener_, 64) != 0 ||
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
      throw std::runtime_error("the loopback server can't listen");
    }
    port_ = ntohs(address.sin_port);
    acceptor_ = std::jthread([this](const std::stop_token& stop) { Accept(stop); });
  }

  ~LoopbackServer() {
    acceptor_.request_stop();
    acceptor_.join();
    for (auto& connection : connections_) connection.request_stop();
    connections_.clear();
    close(listener_);
  }

  std::string Authority() const { return fmt::format("127.0.0.1:{}", port_); }
  std::string Url() const { return "http://" + Authority(); }

  // What was asked so far.
  std::vector<Request> Requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  static constexpr int kPollMilliseconds = 20;

  void Accept(const std::stop_token& stop) {
    for (int number = 1; !stop.stop_requested();) {
      pollfd entry{listener_, POLLIN, 0};
      if (poll(&entry, 1, kPollMilliseconds) <= 0) continue;
      const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) continue;
      connections_.emplace_back([this, client, number](const std::stop_token& end) {
        Serve(client, number, end);
        close(client);
      });
      ++number;
    }
  }

  void Serve(int client, int number, const std::stop_token& stop) {
    std::string pending;
    while (!stop.stop_requested()) {
      Request request;
      request.connection = number;
      if (!Receive(client, pending, request, stop)) return;
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      Answer answer;
      try {
        answer = handler_(request);
      } catch (const std::exception&) {
        return;  // whom it asked is gone: so is this connection
      }
      if (!Send(client, request, answer, stop)) return;
    }
  }

  static bool More(int client, std::string& pending, const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd entry{client, POLLIN, 0};
      if (poll(&entry, 1, kPollMilliseconds) <= 0) continue;
      char buffer[65536];
      const ssize_t count = recv(client, buffer, sizeof buffer, 0);
      if (count <= 0) return false;
      pending.append(buffer, static_cast<size_t>(count));
      return true;
    }
    return false;
  }

  static bool Receive(int client, std::string& pending, Request& request,
                      const std::stop_token& stop) {
    size_t end = 0;
    while ((end = pending.find("\r\n\r\n")) == std::string::npos) {
      if (!More(client, pending, stop)) return false;
    }
    const std::string head = pending.substr(0, end + 2);
    pending.erase(0, end + 4);
    size_t line_end = head.find("\r\n");
    const std::string first = head.substr(0, line_end);
    request.method = first.substr(0, first.find(' '));
    request.target =
        first.substr(request.method.size() + 1, first.rfind(' ') - request.method.size() - 1);
    while (line_end + 2 < head.size()) {
      const size_t begin = line_end + 2;
      line_end = head.find("\r\n", begin);
      const std::string line = head.substr(begin, line_end - begin);
      const size_t colon = line.find(':');
      std::string name = line.substr(0, colon);
      for (auto& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      const size_t value = line.find_first_not_of(' ', colon + 1);
      request.headers[name] = value == std::string::npos ? "" : line.substr(value);
    }
    const auto length = request.headers.find("content-length");
    const size_t bytes = length == request.headers.end() ? 0 : std::stoul(length->second);
    while (pending.size() < bytes) {
      if (!More(client, pending, stop)) return false;
    }
    request.body = pending.substr(0, bytes);
    pending.erase(0, bytes);
    return true;
  }

  static void Hold(const std::stop_token& stop) {
    while (!stop.stop_requested())
      std::this_thread::sleep_for(std::chrono::milliseconds(kPollMilliseconds));
  }

  // False when the connection is over.
  static bool Send(int client, const Request& request, const Answer& answer,
                   const std::stop_token& stop) {
    if (answer.hold) Hold(stop);
    if (answer.reset_before) {
      const linger now{1, 0};
      setsockopt(client, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }
    if (answer.close_before || answer.reset_before || answer.hold) return false;
    std::string text = fmt::format("HTTP/1.1 {} Text\r\n", answer.status);
    for (const auto& [name, value] : answer.headers) text += fmt::format("{}: {}\r\n", name, value);
    if (!answer.headers.contains("Content-Length") && answer.status != 204) {
      text += fmt::format("Content-Length: {}\r\n", answer.body.size());
    }
    text += "\r\n";
    const size_t body_bytes =
        std::min({answer.body.size(), answer.cut_body_after, answer.hold_body_after});
    if (request.method != "HEAD") text += answer.body.substr(0, body_bytes);
    for (size_t sent = 0; sent < text.size();) {
      const ssize_t count = send(client, text.data() + sent, text.size() - sent, MSG_NOSIGNAL);
      if (count <= 0) return false;
      sent += static_cast<size_t>(count);
    }
    if (answer.hold_body_after < answer.body.size()) Hold(stop);
    return body_bytes == answer.body.size();
  }

  const Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  mutable std::mutex mutex_;
  std::vector<Request> requests_;
  std::list<std::jthread> connections_;  // of the acceptor, until it has ended
  std::jthread acceptor_;
};

}  // namespace octo::net
