#include "openpgp/outer_message.h"

#include <fmt/core.h>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr size_t kMostSessionBytes = 8 << 10;
constexpr size_t kMostSessions = 1024;
constexpr size_t kMostMarkerBytes = 64;

}  // namespace

void ReadOuterMessage(PacketReader& packets, OuterMessage& message) {
  for (size_t count = 0; count < kMostSessions; ++count) {
    const auto tag = packets.Next();
    if (!tag) throw CiphertextEndsEarly();
    switch (*tag) {
      case Tag::kMarker:
        packets.ReadWholeBody(kMostMarkerBytes);
        break;
      case Tag::kPublicKeySession:
        message.public_keys.push_back(
            ParsePublicKeySession(packets.ReadWholeBody(kMostSessionBytes)));
        break;
      case Tag::kSymmetricSession:
        message.passphrases.push_back(
            ParseSymmetricSession(packets.ReadWholeBody(kMostSessionBytes)));
        break;
      case Tag::kEncrypted:
      case Tag::kEncryptedIntegrity:
      case Tag::kEncryptedAead:
        message.data = tag;
        return;
      case Tag::kSignature:
      case Tag::kOnePassSignature:
      case Tag::kCompressed:
      case Tag::kLiteral:
        throw Unsupported("the OpenPGP message is not encrypted", "ask the sender to encrypt it");
      default:
        throw Corrupt(fmt::format("a packet of type {} where an encrypted message should be",
                                  static_cast<int>(*tag)));
    }
  }
  throw Corrupt("a message with too many recipients");
}

void RequireNothingAfter(PacketReader& packets) {
  if (!packets.AtEnd()) {
    throw Corrupt("data after the end of the encrypted message",
                  "the file is more than one message; ask the sender what it should be");
  }
}

}  // namespace octo::openpgp
