#include "openpgp/message_reader.h"

#include <fmt/core.h>

#include <utility>

#include "openpgp/decompress.h"
#include "openpgp/failure.h"
#include "openpgp/packet_reader.h"

namespace octo::openpgp {
namespace {

constexpr size_t kMostLevels = 4;
constexpr int kMostPackets = 256;
constexpr size_t kMostSignatureBytes = 64 << 10;
constexpr size_t kMostMarkerBytes = 64;

}  // namespace

// The packets of the message or of a compressed packet.
struct MessageReader::Level {
  explicit Level(std::unique_ptr<stream::Source> source)
      : bytes(std::move(source)), packets(*bytes, PlaintextEndsEarly), body(packets) {}
  std::unique_ptr<stream::Source> bytes;
  PacketReader packets;
  PacketBody body;
  int open_signatures = 0;  // one-pass packets whose signatures must still come
};

MessageReader::MessageReader(std::unique_ptr<stream::Source> packets, SignatureCheck& signatures)
    : signatures_(signatures) {
  Push(std::move(packets));
}

MessageReader::~MessageReader() {
  while (!levels_.empty()) levels_.pop_back();  // inner ones read from outer ones
}

void MessageReader::Push(std::unique_ptr<stream::Source> packets) {
  if (levels_.size() == kMostLevels)
    throw Corrupt("a message with too many compressed packets inside one another");
  levels_.push_back(std::make_unique<Level>(std::move(packets)));
}

void MessageReader::CountPacket() {
  if (++packets_ > kMostPackets) throw Corrupt("a message with too many packets before its data");
}

void MessageReader::OpenLiteral() {
  while (!open_) {
    Level& level = *levels_.back();
    const auto tag = level.packets.Next();
    if (!tag) throw Corrupt("the encrypted message holds no data");
    CountPacket();
    switch (*tag) {
      case Tag::kMarker:
        level.packets.ReadWholeBody(kMostMarkerBytes);
        break;
      case Tag::kOnePassSignature:
        signatures_.AddOnePass(level.packets.ReadWholeBody(kMostSignatureBytes));
        ++level.open_signatures;
        break;
      case Tag::kSignature:
        signatures_.AddSignature(level.packets.ReadWholeBody(kMostSignatureBytes));
        break;
      case Tag::kCompressed:
        Push(Decompress(level.packets.BodyByte(), level.body));
        break;
      case Tag::kLiteral:
        ReadLiteralHeader(level);
        open_ = true;
        break;
      default:
        throw Corrupt(fmt::format("a packet of type {} inside the message, where none may be",
                                  static_cast<int>(*tag)));
    }
  }
}

// RFC 4880 section 5.9: format, file name, date
void MessageReader::ReadLiteralHeader(Level& level) {
  crypto::Bytes header;
  const auto take = [&] {
    header.push_back(std::byte{level.packets.BodyByte()});
    return std::to_integer<uint8_t>(header.back());
  };
  take();
  for (int left = take(); left > 0; --left) literal_name_.push_back(static_cast<char>(take()));
  for (int i = 0; i < 4; ++i) take();
  signatures_.BeginData(header);
}

void MessageReader::CloseLevel(Level& level) {
  while (const auto tag = level.packets.Next()) {
    CountPacket();
    if (*tag == Tag::kSignature && level.open_signatures > 0) {
      signatures_.AddSignature(level.packets.ReadWholeBody(kMostSignatureBytes));
      --level.open_signatures;
    } else if (*tag == Tag::kMarker) {
      level.packets.ReadWholeBody(kMostMarkerBytes);
    } else if (*tag == Tag::kModificationCode) {
      throw Corrupt(
          "the integrity protection of the message was stripped: somebody tampered with it",
          "ask the sender for the file again");
    } else {
      throw Corrupt(fmt::format("a packet of type {} after the data inside the message",
                                static_cast<int>(*tag)));
    }
  }
  if (level.open_signatures > 0) throw Corrupt("a signature that the message announces is missing");
}

void MessageReader::Close() {
  signatures_.EndData();
  while (true) {
    CloseLevel(*levels_.back());
    if (levels_.size() == 1) break;
    levels_.pop_back();
    // The compressed packet ended with its content: Decompress has seen to that.
  }
  at_end_ = true;
}

size_t MessageReader::Read(std::span<std::byte> buffer) {
  if (at_end_) return 0;
  if (!open_) OpenLiteral();
  const size_t count = levels_.back()->packets.ReadBody(buffer);
  if (count > 0) {
    signatures_.AddData(buffer.first(count));
  } else {
    Close();
  }
  return count;
}

}  // namespace octo::openpgp
