#include "openpgp/packet_reader.h"

#include <fmt/core.h>

#include <algorithm>

namespace octo::openpgp {

uint8_t PacketReader::HeaderByte() {
  const auto byte = bytes_.Get();
  if (!byte) throw ends_early_();
  return *byte;
}

std::optional<Tag> PacketReader::Next() {
  const auto first = bytes_.Get();
  if (!first) return std::nullopt;
  if ((*first & 0x80) == 0)
    throw Corrupt("bytes that are no OpenPGP packet where one should begin");
  more_parts_ = false;
  indeterminate_ = false;
  if ((*first & 0x40) != 0) {
    const auto tag = static_cast<Tag>(*first & 0x3F);
    ReadNewLength();
    if (more_parts_ && tag != Tag::kCompressed && tag != Tag::kLiteral && tag != Tag::kEncrypted &&
        tag != Tag::kEncryptedIntegrity && tag != Tag::kEncryptedAead) {
      throw Corrupt(fmt::format("a packet of type {} in parts, which only data packets may be",
                                static_cast<int>(tag)));
    }
    return tag;
  }
  ReadOldLength(*first & 3);
  return static_cast<Tag>((*first >> 2) & 0x0F);
}

// RFC 4880 section 4.2.2
void PacketReader::ReadNewLength() {
  const uint8_t first = HeaderByte();
  more_parts_ = false;
  if (first < 192) {
    left_ = first;
  } else if (first < 224) {
    left_ = ((uint64_t{first} - 192) << 8) + HeaderByte() + 192;
  } else if (first < 255) {
    left_ = uint64_t{1} << (first & 0x1F);
    more_parts_ = true;
  } else {
    left_ = 0;
    for (int i = 0; i < 4; ++i) left_ = (left_ << 8) | HeaderByte();
  }
}

// RFC 4880 section 4.2.1
void PacketReader::ReadOldLength(int length_type) {
  left_ = 0;
  indeterminate_ = length_type == 3;
  if (indeterminate_) return;
  for (int i = 0; i < 1 << length_type; ++i) left_ = (left_ << 8) | HeaderByte();
}

size_t PacketReader::ReadBody(std::span<std::byte> out) {
  if (indeterminate_) return bytes_.Read(out);
  while (left_ == 0) {
    if (!more_parts_) return 0;
    ReadNewLength();
  }
  const size_t count =
      bytes_.Read(out.first(static_cast<size_t>(std::min<uint64_t>(left_, out.size()))));
  if (count == 0) throw ends_early_();
  left_ -= count;
  return count;
}

crypto::Bytes PacketReader::ReadWholeBody(size_t most_bytes) {
  crypto::Bytes body;
  std::byte block[1024];
  while (const size_t count = ReadBody(block)) {
    if (count > most_bytes - body.size())
      throw Corrupt("a packet that is larger than any real one of its type");
    body.insert(body.end(), block, block + count);
  }
  return body;
}

uint8_t PacketReader::BodyByte() {
  std::byte byte;
  if (ReadBody({&byte, 1}) == 0) throw Corrupt("a packet that is too short for its type");
  return std::to_integer<uint8_t>(byte);
}

}  // namespace octo::openpgp
