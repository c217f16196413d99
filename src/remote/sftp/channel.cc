#include "remote/sftp/channel.h"

#include <fmt/core.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace octo::remote::sftp {
namespace {

constexpr size_t kInboxBytes = 64 << 10;
// No answer but a read's may be larger; a larger length is garbage (a login script that prints,
// say).
constexpr uint32_t kMostPacket = 1 << 20;
// One channel's share of a turn, so that others are served too.
constexpr size_t kMostPerTurn = 4 << 20;
constexpr size_t kHeader = 5;       // length, type
constexpr size_t kDataHeader = 13;  // length, type, id, length of the content

bool Waits() { return errno == EAGAIN || errno == EINTR; }

}  // namespace

Channel::Channel(uint64_t id, std::unique_ptr<process::Child> child,
                 std::chrono::milliseconds silence)
    : id_(id),
      child_(std::move(child)),
      silence_(silence),
      last_received_(Clock::now()),
      inbox_(kInboxBytes) {
  // The version stands where other requests have their id.
  std::string packet(4, '\0');
  PutNumber(5, packet.data());
  packet += static_cast<char>(Type::kInit);
  packet += BodyWriter().Number(3).Take();
  outbox_ = packet;
  OnWritable();
}

void Channel::Send(Type type, const std::string& body, std::chrono::milliseconds silence,
                   ReplyHandler handler, std::span<std::byte> destination) {
  const uint32_t id = next_request_++;
  char header[9];
  PutNumber(static_cast<uint32_t>(body.size() + 5), header);
  header[4] = static_cast<char>(type);
  PutNumber(id, header + 5);
  outbox_.append(header, sizeof header);
  outbox_.append(body);
  in_flight_ += destination.size();
  requests_.emplace(id, Request{std::move(handler), destination, silence, Clock::now()});
}

void Channel::OnWritable() {
  while (!outbox_.empty() && child_->in() >= 0) {
    const ssize_t count = write(child_->in(), outbox_.data(), outbox_.size());
    if (count < 0 && !Waits()) {
      // The reading side reports the end, with what was answered before it.
      outbox_.clear();
      child_->CloseIn();
    }
    if (count <= 0) return;
    outbox_.erase(0, static_cast<size_t>(count));
  }
}

bool Channel::OnReadable() {
  for (size_t total = 0; total < kMostPerTurn;) {
    const size_t room = direct_.size() + inbox_.size() - end_;
    const size_t count = Fill();
    if (count == SIZE_MAX) return true;
    if (count == 0) return false;
    last_received_ = Clock::now();
    Parse();
    total += count;
    if (count < room / 2) return true;
  }
  return true;
}

// SIZE_MAX: nothing there now. 0: closed.
size_t Channel::Fill() {
  const size_t wanted = direct_.size();
  std::array<iovec, 2> into = {
      {{direct_.data(), wanted}, {&inbox_[0] + end_, inbox_.size() - end_}}};
  const bool straight = wanted > 0;
  const ssize_t count = readv(child_->out(), straight ? into.data() : &into[1], straight ? 2 : 1);
  if (count < 0) return Waits() ? SIZE_MAX : 0;
  const auto bytes = static_cast<size_t>(count);
  const size_t direct = std::min(bytes, wanted);
  direct_ = direct_.subspan(direct);
  end_ += bytes - direct;
  return bytes;
}

void Channel::Parse() {
  if (direct_bytes_ > 0 && direct_.empty()) {
    Reply reply{.type = Type::kData, .data_bytes = direct_bytes_, .channel = id_};
    direct_bytes_ = 0;
    Complete(direct_request_, reply);
  }
  while (direct_.empty() && ParsePacket()) {
  }
  if (begin_ > 0) {
    std::memmove(inbox_.data(), inbox_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
}

bool Channel::ParsePacket() {
  const size_t have = end_ - begin_;
  if (have < kHeader) return false;
  const char* packet = inbox_.data() + begin_;
  const uint32_t length = GetNumber(packet);
  const auto type = static_cast<Type>(packet[4]);
  if (!ready_ && traits_.version == 0 && type != Type::kVersion) {
    throw ProtocolError("it does not begin with an SFTP greeting");
  }
  if (length < 5 || length > kMostPacket) {
    throw ProtocolError(fmt::format("it sends a packet of {} bytes", length));
  }
  if (type == Type::kData) return ParseData(length);
  const size_t whole = 4 + size_t{length};
  if (have < whole) {
    if (inbox_.size() < whole) inbox_.resize(whole);
    return false;
  }
  begin_ += whole;
  const std::string_view body(packet + kHeader, length - 1);
  if (type == Type::kVersion) {
    if (traits_.version != 0) throw ProtocolError("it greets twice");
    OnVersion(body);
  } else {
    if (body.size() < 4) throw ProtocolError("an answer has no request id");
    Complete(GetNumber(body.data()), {.type = type, .body = body.substr(4), .channel = id_});
  }
  return true;
}

bool Channel::ParseData(uint32_t length) {
  const size_t have = end_ - begin_;
  if (have < kDataHeader) return false;
  const char* packet = inbox_.data() + begin_;
  const uint32_t id = GetNumber(packet + 5);
  const uint32_t bytes = GetNumber(packet + 9);
  const auto found = requests_.find(id);
  if (found == requests_.end() || found->second.destination.empty()) {
    throw ProtocolError("it sends content nobody asked for");
  }
  if (length < 9 || bytes > length - 9 || bytes > found->second.destination.size()) {
    throw ProtocolError("it sends more content than was asked for");
  }
  if (bytes != length - 9) throw ProtocolError("a packet's lengths contradict each other");
  begin_ += kDataHeader;
  const size_t at_hand = std::min<size_t>(bytes, end_ - begin_);
  std::memcpy(found->second.destination.data(), inbox_.data() + begin_, at_hand);
  begin_ += at_hand;
  if (at_hand == bytes) {
    Complete(id, {.type = Type::kData, .data_bytes = bytes, .channel = id_});
    return true;
  }
  direct_request_ = id;
  direct_bytes_ = bytes;
  direct_ = found->second.destination.subspan(at_hand, bytes - at_hand);
  return false;
}

void Channel::Complete(uint32_t id, Reply reply) {
  auto node = requests_.extract(id);
  if (node.empty()) throw ProtocolError("it answers a request nobody made");
  in_flight_ -= node.mapped().destination.size();
  try {
    node.mapped().handler(reply);
  } catch (const ProtocolError& error) {
    // The request has no answer then: its owner must hear it as from any lost channel.
    const Error lost(ErrorKind::kTransient, ErrorScope::kProvider, "remote", error.what());
    node.mapped().handler({.lost = &lost, .channel = id_});
    throw;
  }
}

void Channel::OnVersion(std::string_view packet) {
  BodyReader reader(packet);
  traits_.version = reader.Number();
  if (traits_.version < 3) {
    throw ProtocolError(fmt::format("it speaks version {} of SFTP only", traits_.version));
  }
  while (!reader.AtEnd()) {
    const std::string name(reader.Text());
    traits_.extensions[name] = reader.Text();
  }
  if (!traits_.extensions.contains("limits@openssh.com")) {
    ready_ = true;
    return;
  }
  Send(Type::kExtended, BodyWriter().Text("limits@openssh.com").Take(), silence_,
       [this](const Reply& reply) { OnLimits(reply); });
}

void Channel::OnLimits(const Reply& reply) {
  if (reply.lost != nullptr) return;
  ready_ = true;
  if (reply.type != Type::kExtendedReply) return;
  BodyReader reader(reply.body);
  const uint64_t packet = reader.Long();
  const uint64_t read = reader.Long();
  const uint64_t write = reader.Long();
  traits_.most_handles = reader.Long();
  traits_.has_limits = true;
  // 0 means unlimited; what a packet adds to its content must fit too.
  constexpr uint64_t kRoom = 1024;
  constexpr uint64_t kMost = 255 << 10;
  traits_.most_packet = packet == 0 ? kMost + kRoom : std::max<uint64_t>(packet, 34000);
  const uint64_t fits = std::min(kMost, traits_.most_packet - kRoom);
  traits_.most_read = read == 0 ? fits : std::clamp<uint64_t>(read, 512, fits);
  traits_.most_write = write == 0 ? fits : std::clamp<uint64_t>(write, 512, fits);
}

bool Channel::Silent(Clock::time_point now) const {
  if (!ready_ && requests_.empty()) return now - last_received_ > silence_;
  return std::any_of(requests_.begin(), requests_.end(), [&](const auto& entry) {
    return now - std::max(last_received_, entry.second.sent) > entry.second.silence;
  });
}

void Channel::Lose(const Error& why) {
  ready_ = false;
  auto requests = std::exchange(requests_, {});
  in_flight_ = 0;
  for (auto& [id, request] : requests) request.handler({.lost = &why, .channel = id_});
}

}  // namespace octo::remote::sftp
