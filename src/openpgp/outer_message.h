#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "openpgp/packet_reader.h"
#include "openpgp/session_packets.h"
#include "stream/source.h"

namespace octo::openpgp {

// The outside of an encrypted message: who can open it, and where the encrypted data begin.
struct OuterMessage {
  std::vector<PublicKeySession> public_keys;
  std::vector<SymmetricSession> passphrases;
  // kEncrypted, kEncryptedIntegrity or kEncryptedAead, whose body is the reader's current one.
  std::optional<Tag> data;
};

// Reads the packets before the encrypted data into `message`, which keeps what was read when this
// throws: kIncomplete when the bytes end too early, kPermanent when the message is not encrypted.
void ReadOuterMessage(PacketReader& packets, OuterMessage& message);

// Throws kCorrupt when anything follows the encrypted data. Call when their body has been read.
void RequireNothingAfter(PacketReader& packets);

}  // namespace octo::openpgp
