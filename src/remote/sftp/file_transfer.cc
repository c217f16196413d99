#include "remote/sftp/file_transfer.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "remote/sftp/ssh_error.h"

namespace octo::remote::sftp {
namespace {

constexpr size_t kAlwaysAllowed = 1 << 20;  // bytes of content held that no budget is asked for
constexpr size_t kMostHeld = 32 << 20;
constexpr uint64_t kStretch = 1 << 20;
constexpr uint64_t kWorthALane = 4 << 20;
constexpr int kMostInARow = 5;

}  // namespace

FileTransfer::FileTransfer(std::string path, std::string name, uint64_t offset,
                           const stream::Context& context)
    : path_(std::move(path)),
      name_(std::move(name)),
      offset_(offset),
      context_(context),
      next_(offset) {}

// ---- the reader's side

RemoteEntry FileTransfer::WaitUntilOpen() {
  std::unique_lock lock(mutex_);
  const bool there = changed_.wait(lock, context_.stop, [this] { return entry_ || error_; });
  if (!there) throw Cancelled("download");
  if (error_) std::rethrow_exception(error_);
  return *entry_;
}

size_t FileTransfer::Read(std::span<std::byte> buffer, Session& session) {
  std::unique_lock lock(mutex_);
  const auto ready = [this] {
    return error_ || (!pieces_.empty() && pieces_.front()->done) || (pieces_.empty() && ended_);
  };
  if (!changed_.wait(lock, context_.stop, ready) && !error_) {
    error_ = std::make_exception_ptr(Cancelled("download"));
  }
  if (error_) std::rethrow_exception(error_);
  if (pieces_.empty()) return 0;
  // The front piece is the reader's alone now.
  const std::shared_ptr<Piece> piece = pieces_.front();
  lock.unlock();
  const size_t count = std::min(buffer.size(), piece->bytes - piece->taken);
  std::memcpy(buffer.data(), piece->data.get() + piece->taken, count);
  piece->taken += count;
  if (context_.progress != nullptr) context_.progress->bytes += count;
  if (piece->taken < piece->bytes) return count;
  lock.lock();
  pieces_.pop_front();
  spare_.push_back(piece);
  const bool wake = std::exchange(starved_, false);
  lock.unlock();
  if (wake) session.Wake();
  return count;
}

void FileTransfer::Abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  for (const auto& piece : pieces_) piece->lease.Release();
  pieces_.clear();
  spare_.clear();
}

// ---- the session's side

void FileTransfer::Leave(Session& session) {
  finished_ = true;
  CloseLanes(session);
}

uint64_t FileTransfer::left() const {
  return entry_ ? entry_->bytes - std::min(entry_->bytes, next_) : 0;
}

void FileTransfer::Pump(Session& session) {
  if (finished_) return;
  ForgetLostLanes(session);
  if (finished_) return;
  if (!path_asked_) AskPath(session);
  if (!session.MayOpen(*this)) return WaitForTurn(session);
  if (lanes_.empty() && NeedsHandle()) OpenLane(session, *session.BestChannel());
  Widen(session);
  AskContent(session);
  if (path_seen_ && AllHere() && !checks_asked_) AskChecks(session);
}

// A gentle session serves one file at a time. Should its reader have stopped, the others must not
// wait for ever.
void FileTransfer::WaitForTurn(Session& session) {
  const auto now = Clock::now();
  if (!waiting_since_) waiting_since_ = now;
  if (now - std::max(*waiting_since_, session.last_content()) < context_.silence) return;
  Fail(
      Error(ErrorKind::kTransient, ErrorScope::kDelivery, "download",
            fmt::format(
                "{} waits for another file that is not read on, and this server gets one at a time",
                name_),
            "with pipeline = gentle, set parallel_files to 1"));
}

void FileTransfer::ForgetLostLanes(Session& session) {
  const size_t lost = std::erase_if(
      lanes_, [&](const Lane& lane) { return session.FindChannel(lane.channel) == nullptr; });
  if (lost == 0 || !lanes_.empty()) return;
  // A file that changed meanwhile is noticed before more of it is read.
  path_asked_ = path_seen_ = false;
  if (++losses_ > kMostInARow) {
    Fail(Error(
        ErrorKind::kTransient, ErrorScope::kDelivery, "download",
        fmt::format("the connection was lost {} times in a row while reading {}", losses_, name_)));
  }
}

bool FileTransfer::NeedsHandle() const {
  if (!entry_) return true;
  return next_ < entry_->bytes || !again_.empty() || (AllHere() && !checks_asked_);
}

bool FileTransfer::AllHere() const { return entry_ && offset_ + received_ == entry_->bytes; }

void FileTransfer::AskPath(Session& session) {
  path_asked_ = true;
  session.BestChannel()->Send(
      Type::kStat, BodyWriter().Text(path_).Take(), context_.silence,
      [self = shared_from_this()](const Reply& reply) { self->OnPath(reply); });
}

void FileTransfer::OnPath(const Reply& reply) {
  if (finished_) return;
  if (reply.lost != nullptr) {
    path_asked_ = false;
    return;
  }
  if (Refused(reply, "open")) return;
  const auto attributes = Same(reply, "path");
  if (!attributes) return;
  path_seen_ = true;
  if (entry_) return;
  const auto fail = [&](ErrorKind kind, const std::string& why) {
    Fail(Error(kind, ErrorScope::kDelivery, "download",
               fmt::format("cannot read {}: {}", name_, why)));
  };
  if (!attributes->IsFile()) return fail(ErrorKind::kPermanent, "it is no file");
  if (!attributes->bytes) return fail(ErrorKind::kPermanent, "the server does not tell its size");
  if (*attributes->bytes < offset_) {
    return fail(ErrorKind::kIncomplete,
                fmt::format("it has {} bytes, fewer than the {} already read", *attributes->bytes,
                            offset_));
  }
  {
    const std::lock_guard lock(mutex_);
    entry_ = RemoteEntry{name_, *attributes->bytes,
                         WallTime(std::chrono::seconds(attributes->modified.value_or(0))), true};
  }
  changed_.notify_all();
}

// The attributes in the reply, if they are those seen at the opening; otherwise the transfer has
// failed.
std::optional<Attributes> FileTransfer::Same(const Reply& reply, const char* what) {
  if (reply.type != Type::kAttrs)
    throw ProtocolError("it answers a question for attributes with something else");
  const Attributes attributes = BodyReader(reply.body).Attrs();
  if (!entry_) return attributes;
  const WallTime modified(std::chrono::seconds(attributes.modified.value_or(0)));
  if (attributes.bytes == entry_->bytes && modified == entry_->modified) return attributes;
  Fail(Error(
      ErrorKind::kIncomplete, ErrorScope::kDelivery, "download",
      fmt::format("{} changed while it was read (its {}: {} bytes of {}, before {} bytes of {})",
                  name_, what, attributes.bytes.value_or(0), FormatTime(modified), entry_->bytes,
                  FormatTime(entry_->modified)),
      "the vendor may still be writing it: it is looked at again later"));
  return std::nullopt;
}

// True when the reply is a refusal, with which the transfer has failed.
bool FileTransfer::Refused(const Reply& reply, const char* doing) {
  if (reply.type != Type::kStatus) return false;
  BodyReader reader(reply.body);
  const auto status = static_cast<Status>(reader.Number());
  const std::string text(reader.AtEnd() ? "" : reader.Text());
  Error error = StatusError(status, fmt::format("{} {}", doing, name_), text, "download");
  if (entry_ && status == Status::kNoSuchFile) {
    error.kind = ErrorKind::kIncomplete;
    error.message = fmt::format("{} was moved or removed while it was read", name_);
  }
  Fail(error);
  return true;
}

void FileTransfer::OpenLane(Session& session, Channel& channel) {
  lanes_.push_back({.channel = channel.id()});
  channel.Send(
      Type::kOpen, BodyWriter().Text(path_).Number(kOpenRead).Number(0).Take(), context_.silence,
      [self = shared_from_this(), &session](const Reply& reply) { self->OnLane(session, reply); });
}

void FileTransfer::OnLane(Session& session, const Reply& reply) {
  if (reply.lost != nullptr) return;  // Pump sees that the channel has gone
  const auto lane = std::find_if(lanes_.begin(), lanes_.end(), [&](const Lane& candidate) {
    return candidate.channel == reply.channel && !candidate.open;
  });
  if (reply.type == Type::kHandle) {
    const std::string handle(BodyReader(reply.body).Text());
    if (finished_ || lane == lanes_.end()) {
      session.CloseHandle(reply.channel, handle, context_.silence);
      return;
    }
    lane->handle = handle;
    lane->open = true;
    return;
  }
  if (finished_ || lane == lanes_.end()) return;
  if (lanes_.size() == 1) {
    if (!Refused(reply, "open")) throw ProtocolError("it answers an open with something else");
    return;
  }
  one_lane_ = true;
  lanes_.erase(lane);
}

// Opens the file on further channels while much of it is left.
void FileTransfer::Widen(Session& session) {
  if (one_lane_ || lanes_.empty() || left() < kWorthALane) return;
  for (Channel* channel : session.ready_channels()) {
    const bool has = std::any_of(lanes_.begin(), lanes_.end(),
                                 [&](const Lane& lane) { return lane.channel == channel->id(); });
    if (!has) OpenLane(session, *channel);
  }
}

void FileTransfer::AskContent(Session& session) {
  if (!path_seen_) return;
  AskAgain(session);
  held_back_ = false;
  const size_t share = session.Share();
  while (next_ < entry_->bytes) {
    Lane* lane = ChooseLane(session);
    if (lane == nullptr) return;
    const size_t bytes =
        static_cast<size_t>(std::min<uint64_t>(session.RequestBytes(), entry_->bytes - next_));
    if (in_flight_ > 0 && in_flight_ + bytes > share) {
      held_back_ = true;
      return;
    }
    if (!session.TakeRate(bytes)) return;
    const auto piece = NewPiece(bytes, std::min(kMostHeld, 2 * share + kAlwaysAllowed));
    if (!piece) return session.ReturnRate(bytes);
    Ask(session, *session.FindChannel(lane->channel), lane->handle, piece);
    next_ += bytes;
  }
  if (early_checks_ && received_ == 0 && in_flight_ == entry_->bytes && lanes_.size() == 1 &&
      again_.empty() && session.options().pipeline == Pipeline::kAdaptive) {
    early_checks_ = false;
    AskChecks(session);
    CloseLanes(session);
  }
}

void FileTransfer::AskAgain(Session& session) {
  while (!again_.empty() && (in_flight_ == 0 || in_flight_ < session.Share())) {
    Lane* lane = ChooseLane(session);
    if (lane == nullptr) return;
    const auto piece = again_.begin()->second;
    again_.erase(again_.begin());
    Ask(session, *session.FindChannel(lane->channel), lane->handle, piece);
  }
}

// The lane for what is asked next: the same for a stretch, then the one with the least in flight.
FileTransfer::Lane* FileTransfer::ChooseLane(Session& session) {
  Lane* best = nullptr;
  size_t least = SIZE_MAX;
  for (Lane& lane : lanes_) {
    const Channel* channel = lane.open ? session.FindChannel(lane.channel) : nullptr;
    if (channel == nullptr) continue;
    if (next_ / kStretch == stretch_ && lane.channel == lane_of_stretch_) return &lane;
    if (channel->in_flight() < least) {
      best = &lane;
      least = channel->in_flight();
    }
  }
  if (best == nullptr) return nullptr;
  stretch_ = next_ / kStretch;
  lane_of_stretch_ = best->channel;
  return best;
}

std::shared_ptr<FileTransfer::Piece> FileTransfer::NewPiece(size_t bytes, size_t most_held) {
  const std::lock_guard lock(mutex_);
  if (abandoned_) return nullptr;
  while (!spare_.empty()) {
    std::shared_ptr<Piece> piece = std::move(spare_.back());
    spare_.pop_back();
    if (piece->capacity < bytes) {
      held_bytes_ -= piece->capacity;
      continue;
    }
    piece->offset = next_;
    piece->bytes = bytes;
    piece->received = piece->taken = 0;
    piece->done = false;
    pieces_.push_back(piece);
    return piece;
  }
  auto piece = std::make_shared<Piece>();
  bool allowed = held_bytes_ + bytes <= most_held;
  if (allowed && context_.budget != nullptr && held_bytes_ + bytes > kAlwaysAllowed) {
    auto lease = context_.budget->TryAcquire(bytes);
    allowed = lease.has_value();
    if (allowed) piece->lease = std::move(*lease);
  }
  if (!allowed && held_bytes_ > 0) {
    starved_ = true;
    return nullptr;
  }
  held_bytes_ += bytes;
  piece->offset = next_;
  piece->bytes = piece->capacity = bytes;
  piece->data = std::make_unique_for_overwrite<std::byte[]>(bytes);
  pieces_.push_back(piece);
  return piece;
}

void FileTransfer::Ask(Session& session, Channel& channel, const std::string& handle,
                       std::shared_ptr<Piece> piece) {
  const auto missing = piece->missing();
  in_flight_ += missing.size();
  const std::string body = BodyWriter()
                               .Text(handle)
                               .Long(piece->offset + piece->received)
                               .Number(static_cast<uint32_t>(missing.size()))
                               .Take();
  channel.Send(
      Type::kRead, body, context_.silence,
      [self = shared_from_this(), &session, asked = missing.size(), piece](const Reply& reply) {
        self->OnContent(session, reply, asked, piece);
      },
      missing);
}

void FileTransfer::OnContent(Session& session, const Reply& reply, size_t asked,
                             const std::shared_ptr<Piece>& piece) {
  in_flight_ -= asked;
  if (finished_) return;
  if (reply.type == Type::kData && reply.lost == nullptr && reply.data_bytes > 0) {
    losses_ = failures_ = 0;
    piece->received += reply.data_bytes;
    received_ += reply.data_bytes;
    session.Received(reply.data_bytes, held_back_);
    if (piece->received == piece->bytes) return Done(piece);
    again_[piece->offset] = piece;
    return;
  }
  again_[piece->offset] = piece;
  if (reply.lost != nullptr) return;
  BodyReader reader(reply.body);
  const auto status =
      reply.type == Type::kStatus ? static_cast<Status>(reader.Number()) : Status::kFailure;
  if (status == Status::kEof) {
    return Fail(
        Error(ErrorKind::kIncomplete, ErrorScope::kDelivery, "download",
              fmt::format("{} ended at byte {}, before its {} bytes: it changed while it was read",
                          name_, piece->offset + piece->received, entry_->bytes),
              "the vendor may still be writing it: it is looked at again later"));
  }
  // With checks asked early the handle may have been closed too early, by a server that reorders.
  if (checks_asked_) return;
  session.SlowDown();
  if (++failures_ > kMostInARow) {
    const std::string text(reader.AtEnd() ? "" : reader.Text());
    Fail(StatusError(status, fmt::format("read {}", name_), text, "download"));
  }
}

void FileTransfer::Done(const std::shared_ptr<Piece>& piece) {
  bool front = false;
  {
    const std::lock_guard lock(mutex_);
    piece->done = true;
    front = !pieces_.empty() && pieces_.front() == piece;
  }
  if (front) changed_.notify_all();
}

void FileTransfer::AskChecks(Session& session) {
  Lane* lane = ChooseLane(session);
  if (lane == nullptr) return;
  checks_asked_ = checks_valid_ = true;
  checks_open_ = 2;
  Channel& channel = *session.FindChannel(lane->channel);
  const auto ask = [&](Type type, const std::string& of, const char* what) {
    channel.Send(type, BodyWriter().Text(of).Take(), context_.silence,
                 [self = shared_from_this(), &session, what](const Reply& reply) {
                   self->OnCheck(session, reply, what);
                 });
  };
  ask(Type::kFstat, lane->handle, "open handle");
  ask(Type::kStat, path_, "path");
}

void FileTransfer::OnCheck(Session& session, const Reply& reply, const char* what) {
  --checks_open_;
  if (finished_) return;
  // Checked before all was here, or after the handle was closed: a lost channel, a short read, or a
  // server that reorders. Then it is done again, one step after the other.
  const bool early_refusal = lanes_.empty() && reply.type == Type::kStatus;
  if (reply.lost != nullptr || !AllHere() || early_refusal) checks_valid_ = false;
  if (checks_valid_ && (Refused(reply, "check") || !Same(reply, what))) return;
  if (checks_open_ > 0) return;
  if (checks_valid_) {
    CloseLanes(session);
    Finish();
  } else {
    checks_asked_ = false;
  }
}

void FileTransfer::CloseLanes(Session& session) {
  for (const Lane& lane : lanes_) {
    if (lane.open) session.CloseHandle(lane.channel, lane.handle, context_.silence);
  }
  lanes_.clear();
}

void FileTransfer::Finish() {
  finished_ = true;
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  changed_.notify_all();
}

void FileTransfer::Fail(const Error& error) {
  if (finished_) return;
  finished_ = true;
  {
    const std::lock_guard lock(mutex_);
    if (!error_) error_ = std::make_exception_ptr(error);
  }
  changed_.notify_all();
}

}  // namespace octo::remote::sftp
