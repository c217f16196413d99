#include "remote/sftp/session.h"

#include <fmt/core.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <random>
#include <system_error>
#include <utility>

#include "base/log.h"
#include "process/without_sigpipe.h"
#include "remote/sftp/ssh_error.h"

namespace octo::remote::sftp {
namespace {

constexpr size_t kMostChannels = 8;  // below sshd's own default of 10 sessions
constexpr int kMostFaults = 5;
constexpr uint64_t kBytesWorthAChannel = 4 << 20;
constexpr size_t kCautious = 256 << 10;
constexpr auto kTick = std::chrono::milliseconds(100);
constexpr auto kFirstPause = std::chrono::milliseconds(250);

Window::Limits WindowLimits(const SftpOptions& options, const Profile& profile) {
  if (options.pipeline == Pipeline::kGentle)
    return {.start = 128 << 10, .least = 128 << 10, .most = 512 << 10};
  Window::Limits limits;
  if (profile.window_ceiling > 0) {
    limits.most = std::clamp<size_t>(profile.window_ceiling, limits.least, limits.most);
  }
  if (profile.window_bytes > 0) limits.start = profile.window_bytes;
  limits.start = std::clamp(limits.start, limits.least, limits.most);
  return limits;
}

size_t FirstMostChannels(const SftpOptions& options, const Profile& profile) {
  if (options.pipeline == Pipeline::kGentle) return 1;
  size_t most = options.max_sessions > 0 ? options.max_sessions : kMostChannels;
  if (profile.max_sessions > 0) most = std::min<size_t>(most, profile.max_sessions);
  return most;
}

std::chrono::milliseconds Pause(int faults) {
  const auto longest = kFirstPause * (1 << std::min(faults, 7));
  thread_local std::minstd_rand random(std::random_device{}());
  // Full jitter would sometimes not wait at all; half of it spreads nodes well enough.
  std::uniform_int_distribution<int64_t> jitter(longest.count() / 2, longest.count());
  return std::chrono::milliseconds(jitter(random));
}

}  // namespace

PendingReply::Answer PendingReply::Wait(const stream::Context& context, const char* stage) {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait(lock, context.stop, [this] { return answer_ || error_; });
  if (!there) throw Cancelled(stage);
  if (error_) throw Error(*error_);
  return std::move(*answer_);
}

void PendingReply::Set(const Reply& reply) {
  {
    const std::lock_guard lock(mutex_);
    if (reply.lost != nullptr) {
      error_.emplace(*reply.lost);
    } else {
      answer_.emplace(Answer{reply.type, std::string(reply.body), reply.channel});
    }
  }
  changed_.notify_all();
}

Session::Session(SftpOptions options)
    : options_(std::move(options)),
      gentle_(options_.pipeline == Pipeline::kGentle),
      window_(WindowLimits(options_, ParseProfile(options_.profile))),
      rate_(options_.bytes_per_second),
      most_channels_(FirstMostChannels(options_, ParseProfile(options_.profile))),
      profile_(ParseProfile(options_.profile)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_.valid()) throw std::system_error(errno, std::generic_category(), "eventfd");
  thread_ = std::jthread([this](std::stop_token stop) { Run(std::move(stop)); });
}

Session::~Session() = default;

void Session::Post(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
  }
  Wake();
}

void Session::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wake_.get(), &one, sizeof one);
}

void Session::Join(std::shared_ptr<Transfer> transfer) {
  Post([this, transfer = std::move(transfer)] { transfers_.push_back(transfer); });
}

std::shared_ptr<PendingReply> Session::Start(Type type, std::string body,
                                             const stream::Context& context, uint64_t channel) {
  auto reply = std::make_shared<PendingReply>();
  Post([this, channel, request = Waiting{type, std::move(body), context.silence, reply}]() mutable {
    Channel* at = channel == 0 ? nullptr : FindChannel(channel);
    if (at != nullptr) {
      Send(*at, std::move(request));
    } else if (channel == 0) {
      waiting_.push_back(std::move(request));
    } else {
      const Error lost = LostError(options_, "", "its channel was closed");
      request.reply->Set({.lost = &lost});
    }
  });
  return reply;
}

std::optional<ServerTraits> Session::traits() const {
  const std::lock_guard lock(mutex_);
  return traits_;
}

std::string Session::address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

Profile Session::profile() const {
  const std::lock_guard lock(mutex_);
  return profile_;
}

void Session::LearnClockOffset(std::chrono::seconds offset) {
  const std::lock_guard lock(mutex_);
  profile_.clock_offset_seconds = offset.count();
}

void Session::Run(std::stop_token stop) {
  const process::WithoutSigpipe no_sigpipe;
  const stream::StopEvent stopped(stop);
  while (!stop.stop_requested()) {
    try {
      Turn(stop, stopped.fd());
    } catch (...) {
      Disconnect(CurrentError("remote"));
    }
  }
  RunTasks();
  // The children are tied to this thread, so they end here.
  Disconnect(Cancelled("remote"));
}

void Session::Disconnect(const Error& why) {
  connection_.reset();
  for (const auto& channel : std::exchange(channels_, {})) channel->Lose(why);
  FailAll(why);
}

void Session::Turn(std::stop_token stop, int stop_fd) {
  RunTasks();
  std::erase_if(transfers_, [](const auto& transfer) { return transfer->finished(); });
  KeepConnected(std::move(stop));
  Pump();
  Wait(stop_fd);
  Watchdog();
}

void Session::RunTasks() {
  std::vector<std::function<void()>> tasks;
  {
    const std::lock_guard lock(mutex_);
    tasks.swap(tasks_);
  }
  for (const auto& task : tasks) task();
}

void Session::Send(Channel& channel, Waiting request) {
  auto settle = [this, reply = request.reply, silence = request.silence](const Reply& answer) {
    // Looked at before the answer is given: the waiting thread lets go of the reply at once then.
    const bool nobody_waits = reply.use_count() == 1;
    reply->Set(answer);
    if (answer.type == Type::kName) faults_ = 0;
    if (answer.lost == nullptr && answer.type == Type::kHandle && nobody_waits) {
      CloseHandle(answer.channel, BodyReader(answer.body).Text(), silence);
    }
  };
  channel.Send(request.type, request.body, request.silence, std::move(settle));
}

void Session::CloseHandle(uint64_t channel, std::string_view handle,
                          std::chrono::milliseconds silence) {
  Channel* at = FindChannel(channel);
  if (at == nullptr) return;
  at->Send(Type::kClose, BodyWriter().Text(handle).Take(), silence, [](const Reply&) {});
}

bool Session::Wanted() const { return !transfers_.empty() || !waiting_.empty(); }

void Session::KeepConnected(std::stop_token stop) {
  if (connection_ && connection_->Ended()) LoseConnection();
  if (!Wanted() || Clock::now() < next_attempt_) return;
  if (!connection_) Connect(std::move(stop));
  if (connection_) OpenChannels();
}

void Session::Connect(std::stop_token stop) {
  try {
    connection_ = std::make_unique<SshConnection>(options_, std::move(stop));
    const std::lock_guard lock(mutex_);
    address_ = connection_->address();
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kCancelled) return;
    // Only what was running is worth trying again here; a first connection that fails is the
    // caller's to judge.
    if (error.kind == ErrorKind::kTransient && faults_ > 0) {
      Fault(error);
    } else {
      FailAll(error);
    }
  }
}

size_t Session::WantedChannels() const {
  uint64_t left = 0;
  for (const auto& transfer : transfers_) left += transfer->left();
  const size_t worth = 1 + left / kBytesWorthAChannel;
  return std::max<size_t>(1, std::min({most_channels_, window_.Channels(), worth}));
}

void Session::OpenChannels() {
  for (size_t wanted = WantedChannels(); channels_.size() < wanted;) {
    channels_.push_back(std::make_unique<Channel>(next_channel_++, connection_->OpenChannel(),
                                                  options_.connect_timeout));
  }
}

std::vector<Channel*> Session::ready_channels() {
  std::vector<Channel*> ready;
  for (const auto& channel : channels_) {
    if (channel->ready()) ready.push_back(channel.get());
  }
  return ready;
}

Channel* Session::FindChannel(uint64_t id) {
  for (const auto& channel : channels_) {
    if (channel->id() == id && channel->ready()) return channel.get();
  }
  return nullptr;
}

Channel* Session::BestChannel() {
  Channel* best = nullptr;
  for (const auto& channel : channels_) {
    if (channel->ready() && (best == nullptr || channel->in_flight() < best->in_flight())) {
      best = channel.get();
    }
  }
  return best;
}

size_t Session::Share() const {
  // However large the window: what one channel bears. Servers that tell no limits break above 64
  // requests.
  size_t bearable = 0;
  for (const auto& channel : channels_) {
    if (channel->ready()) bearable += channel->traits().has_limits ? 4 << 20 : 64 * (32 << 10);
  }
  return std::min(window_.bytes(), bearable) / std::max<size_t>(1, gentle_ ? 1 : transfers_.size());
}

size_t Session::RequestBytes() const {
  uint64_t most = gentle_ ? 32 << 10 : UINT64_MAX;
  for (const auto& channel : channels_) {
    if (channel->ready()) most = std::min(most, channel->traits().most_read);
  }
  return window_.RequestBytes(most);
}

bool Session::MayOpen(const Transfer& transfer) const {
  return !gentle_ || (!transfers_.empty() && transfers_.front().get() == &transfer);
}

void Session::Received(size_t bytes, bool held_back) {
  faults_ = 0;
  last_content_ = Clock::now();
  // A larger window shows its worth only once the channels that carry it are there.
  const bool carried = ready_channels().size() >= WantedChannels();
  window_.Received(bytes, last_content_, held_back && carried);
}

void Session::Pump() {
  if (BestChannel() == nullptr) return;
  for (auto& request : std::exchange(waiting_, {})) Send(*BestChannel(), std::move(request));
  LearnTraits();
  for (const auto& transfer : transfers_) transfer->Pump(*this);
  for (const auto& channel : channels_) channel->OnWritable();
  Publish();
}

void Session::LearnTraits() {
  const std::lock_guard lock(mutex_);
  if (traits_) return;
  traits_ = BestChannel()->traits();
  // A server that tells no limits may be a fragile one.
  if (!traits_->has_limits && profile_.window_bytes == 0) window_.ReduceTo(kCautious, Clock::now());
}

// Shows the other threads what was learned.
void Session::Publish() {
  const std::lock_guard lock(mutex_);
  profile_.window_bytes = window_.bytes();
  profile_.window_ceiling = window_.ceiling();
}

std::chrono::milliseconds Session::Patience() const {
  const bool active =
      Wanted() || std::any_of(channels_.begin(), channels_.end(), [](const auto& channel) {
        return !channel->idle() || !channel->ready();
      });
  return active ? kTick : std::chrono::milliseconds(-1);
}

void Session::Wait(int stop_fd) {
  std::vector<pollfd> wanted = {{stop_fd, POLLIN, 0},
                                {wake_.get(), POLLIN, 0},
                                {connection_ ? connection_->ended() : -1, POLLIN, 0}};
  for (const auto& channel : channels_) {
    wanted.push_back({channel->child().out(), POLLIN, 0});
    wanted.push_back({channel->wants_write() ? channel->child().in() : -1, POLLOUT, 0});
    wanted.push_back({channel->child().err(), POLLIN, 0});
  }
  std::chrono::milliseconds pause{};
  const auto patience = rate_.TakeRefusal(pause) ? std::min(pause, kTick) : Patience();
  poll(wanted.data(), wanted.size(), static_cast<int>(patience.count()));
  if (wanted[1].revents != 0) {
    uint64_t count = 0;
    [[maybe_unused]] const auto taken = read(wake_.get(), &count, sizeof count);
  }
  if (connection_) connection_->Text();
  // Backwards: serving a channel may remove it.
  for (size_t i = (wanted.size() - 3) / 3; i-- > 0;) {
    Serve(i, wanted[3 + 3 * i].revents, wanted[4 + 3 * i].revents, wanted[5 + 3 * i].revents);
  }
}

void Session::Serve(size_t index, short out, short in, short err) {
  Channel& channel = *channels_[index];
  if (err != 0) channel.child().DrainError();
  if (in != 0) channel.OnWritable();
  if (out == 0) return;
  try {
    if (!channel.OnReadable()) LoseChannel(index, "the server closed it", false);
  } catch (const ProtocolError& error) {
    LoseChannel(index, std::string("the server breaks the SFTP protocol: ") + error.what(), true);
  }
}

void Session::Watchdog() {
  const auto now = Clock::now();
  for (size_t i = channels_.size(); i-- > 0;) {
    if (!channels_[i]->Silent(now)) continue;
    SlowDown();
    LoseChannel(i, "the server gave no sign of life", false);
    // A frozen network freezes every channel: then the whole connection is made anew.
    if (channels_.empty()) connection_.reset();
  }
}

void Session::LoseChannel(size_t index, const std::string& why, bool protocol) {
  const std::unique_ptr<Channel> channel = std::move(channels_[index]);
  channels_.erase(channels_.begin() + static_cast<ptrdiff_t>(index));
  const bool was_ready = channel->ready();
  channel->child().Wait(std::chrono::milliseconds(was_ready ? 0 : 300));
  channel->child().DrainError();
  const std::string text = channel->child().error_text() + (connection_ ? connection_->Text() : "");
  Error error = LostError(options_, text, why);
  if (protocol && !was_ready) {
    error.kind = ErrorKind::kPermanent;
    error.hint = "check that this account gets SFTP, and that its login scripts print nothing";
  }
  const bool refused = !was_ready && IsSessionRefusal(channel->child().error_text());
  if (refused && !channels_.empty() && error.kind == ErrorKind::kTransient) {
    most_channels_ = channels_.size();
    log::Info("{} allows {} sessions at once", options_.host, most_channels_);
    const std::lock_guard lock(mutex_);
    profile_.max_sessions = most_channels_;
    return;
  }
  const bool was_used = !channel->idle();
  channel->Lose(error);
  if (error.kind != ErrorKind::kTransient) {
    FailAll(error);
  } else if (was_used || Wanted()) {
    if (protocol) SlowDown();
    Fault(error);
  }
}

void Session::LoseConnection() {
  const Error error = LostError(options_, connection_->Text(), "the server closed it");
  connection_.reset();
  auto channels = std::exchange(channels_, {});
  for (auto& channel : channels) channel->Lose(error);
  if (Wanted()) Fault(error);
}

void Session::Fault(const Error& error) {
  // One cause shows at every channel: it counts once.
  if (Clock::now() < next_attempt_) return;
  if (faults_ > 0) SlowDown();
  if (++faults_ > kMostFaults) {
    FailAll(error);
    return;
  }
  log::Warning("{}; trying again ({} of {})", error.message, faults_, kMostFaults);
  next_attempt_ = Clock::now() + Pause(faults_ - 1);
}

void Session::FailAll(const Error& error) {
  faults_ = 0;
  for (auto& request : std::exchange(waiting_, {})) request.reply->Set({.lost = &error});
  for (const auto& transfer : std::exchange(transfers_, {})) transfer->Fail(error);
}

}  // namespace octo::remote::sftp
