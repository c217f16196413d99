#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "remote/sftp/channel.h"
#include "remote/sftp/profile.h"
#include "remote/sftp/rate_limit.h"
#include "remote/sftp/sftp_options.h"
#include "remote/sftp/ssh_connection.h"
#include "remote/sftp/window.h"
#include "stream/context.h"

namespace octo::remote::sftp {

class Session;

// A long exchange that the session's thread drives: all functions run on that thread.
class Transfer {
 public:
  Transfer() = default;
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  virtual ~Transfer() = default;

  // It needs nothing more, and leaves.
  virtual bool finished() const = 0;
  // Bytes it has yet to ask for: how many channels are worth having.
  virtual uint64_t left() const = 0;
  // Called whenever something may have changed and a channel is ready: sends what may be sent now.
  virtual void Pump(Session& session) = 0;
  // The server can't be reached (any more).
  virtual void Fail(const Error& error) = 0;
};

// An answer that somebody waits for.
class PendingReply {
 public:
  struct Answer {
    Type type = Type::kStatus;
    std::string body;
    uint64_t channel = 0;
  };

  // Blocks until the answer is there. Throws the connection's error, or Cancelled. Call it once.
  Answer Wait(const stream::Context& context, const char* stage);

 private:
  friend class Session;
  void Set(const Reply& reply);

  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::optional<Answer> answer_;
  std::optional<Error> error_;
};

// The connection to one vendor: connects when something is wanted, opens channels as far as they
// help, reconnects with back-off when it drops, and drives transfers. One thread of its own does
// all input and output; other threads post to it. The destructor ends the children and the thread;
// waiting callers get kCancelled.
class Session {
 public:
  explicit Session(SftpOptions options);
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session();

  // Any thread.
  const SftpOptions& options() const { return options_; }
  void Join(std::shared_ptr<Transfer> transfer);
  void Post(std::function<void()> task);
  // Pumps the transfers again.
  void Wake();
  // Sends a request on the given channel (where a handle belongs to), or on any when 0.
  std::shared_ptr<PendingReply> Start(Type type, std::string body, const stream::Context& context,
                                      uint64_t channel = 0);
  // What the server said about itself; nothing before the first channel.
  std::optional<ServerTraits> traits() const;
  std::string address() const;
  Profile profile() const;
  void LearnClockOffset(std::chrono::seconds offset);

  // Only on the session's thread, that is from a transfer's functions.
  std::vector<Channel*> ready_channels();
  Channel* FindChannel(uint64_t id);
  // Closes a handle of the server, if its channel still is; nobody waits for the answer.
  void CloseHandle(uint64_t channel, std::string_view handle, std::chrono::milliseconds silence);
  // The one with the least in flight.
  Channel* BestChannel();
  // Bytes that one transfer may have in flight.
  size_t Share() const;
  size_t RequestBytes() const;
  // False for a gentle session while another transfer is served.
  bool MayOpen(const Transfer& transfer) const;
  // False when the bandwidth cap wants a pause; the session pumps again after it.
  bool TakeRate(size_t bytes) { return rate_.Take(bytes, Clock::now()); }
  void ReturnRate(size_t bytes) { rate_.Return(bytes); }
  void Received(size_t bytes, bool held_back);
  // When content came last, to any transfer.
  Clock::time_point last_content() const { return last_content_; }
  // A request failed without reason: the server may have too much to do.
  void SlowDown() { window_.Stalled(Clock::now()); }

 private:
  struct Waiting {
    Type type;
    std::string body;
    std::chrono::milliseconds silence;
    std::shared_ptr<PendingReply> reply;
  };

  void Run(std::stop_token stop);
  void Turn(std::stop_token stop, int stop_fd);
  void RunTasks();
  void Send(Channel& channel, Waiting request);
  bool Wanted() const;
  void KeepConnected(std::stop_token stop);
  void Connect(std::stop_token stop);
  void OpenChannels();
  size_t WantedChannels() const;
  void Pump();
  void Wait(int stop_fd);
  std::chrono::milliseconds Patience() const;
  void Serve(size_t index, short out, short in, short err);
  void Watchdog();
  void LoseChannel(size_t index, const std::string& why, bool protocol);
  void LoseConnection();
  void Fault(const Error& error);
  void FailAll(const Error& error);
  void Disconnect(const Error& why);
  void Publish();

  const SftpOptions options_;
  const bool gentle_;
  Window window_;
  RateLimit rate_;
  size_t most_channels_;
  uint64_t next_channel_ = 1;
  std::unique_ptr<SshConnection> connection_;
  std::vector<std::unique_ptr<Channel>> channels_;
  std::vector<std::shared_ptr<Transfer>> transfers_;
  std::deque<Waiting> waiting_;
  int faults_ = 0;  // in a row, without any content between
  Clock::time_point next_attempt_{};
  Clock::time_point last_content_{};

  mutable std::mutex mutex_;  // guards what other threads see: the following
  std::vector<std::function<void()>> tasks_;
  std::optional<ServerTraits> traits_;
  std::string address_;
  Profile profile_;

  process::Descriptor wake_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace octo::remote::sftp
