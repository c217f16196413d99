#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/error.h"
#include "process/child.h"
#include "remote/sftp/protocol.h"

namespace octo::remote::sftp {

using Clock = std::chrono::steady_clock;

// What a server said about itself.
struct ServerTraits {
  uint32_t version = 0;
  std::map<std::string, std::string> extensions;
  bool has_limits = false;       // it answered limits@openssh.com
  uint64_t most_packet = 34000;  // the least that every server must take
  uint64_t most_read = 32768;
  uint64_t most_write = 32768;
  uint64_t most_handles = 0;  // 0 = not said
};

// The answer to a request.
struct Reply {
  Type type = Type::kStatus;
  std::string_view body = {};   // behind the id; valid during the call
  size_t data_bytes = 0;        // kData: so many bytes are at the request's destination
  const Error* lost = nullptr;  // the channel died first: this is why, and nothing else is set
  uint64_t channel = 0;
};
using ReplyHandler = std::function<void(const Reply&)>;

// One SFTP conversation over the pipes of a child process: requests go out in order, answers come
// back in any order and each is given to its request's handler. Never blocks; one thread.
class Channel {
 public:
  Channel(uint64_t id, std::unique_ptr<process::Child> child, std::chrono::milliseconds silence);

  uint64_t id() const { return id_; }
  // The server has introduced itself; before that nothing may be sent.
  bool ready() const { return ready_; }
  const ServerTraits& traits() const { return traits_; }
  process::Child& child() { return *child_; }
  // Bytes of file content that were asked for and have not come.
  size_t in_flight() const { return in_flight_; }
  bool idle() const { return requests_.empty(); }
  bool wants_write() const { return !outbox_.empty(); }

  // `destination` (of a read) is kept alive by the handler. `silence` is the longest wait for any
  // sign of life.
  void Send(Type type, const std::string& body, std::chrono::milliseconds silence,
            ReplyHandler handler, std::span<std::byte> destination = {});

  // Reads what is there and calls handlers. False when the server has closed the channel. Throws
  // ProtocolError.
  bool OnReadable();
  void OnWritable();
  // No sign of life for as long as some request allows.
  bool Silent(Clock::time_point now) const;
  // Tells every waiting request that the channel is lost; the channel is dead afterwards.
  void Lose(const Error& why);

 private:
  struct Request {
    ReplyHandler handler;
    std::span<std::byte> destination;
    std::chrono::milliseconds silence;
    Clock::time_point sent;
  };

  void OnVersion(std::string_view packet);
  void OnLimits(const Reply& reply);
  size_t Fill();
  void Parse();
  bool ParsePacket();
  bool ParseData(uint32_t length);
  void Complete(uint32_t id, Reply reply);

  const uint64_t id_;
  std::unique_ptr<process::Child> child_;
  ServerTraits traits_;
  bool ready_ = false;
  std::chrono::milliseconds silence_;

  uint32_t next_request_ = 1;
  std::unordered_map<uint32_t, Request> requests_;
  size_t in_flight_ = 0;
  std::string outbox_;
  Clock::time_point last_received_;

  // Bytes not yet understood are inbox_[begin_, end_). The content of a read goes straight to its
  // destination: what is missing of it is direct_.
  std::vector<char> inbox_;
  size_t begin_ = 0;
  size_t end_ = 0;
  std::span<std::byte> direct_;
  uint32_t direct_request_ = 0;
  size_t direct_bytes_ = 0;
};

}  // namespace octo::remote::sftp
