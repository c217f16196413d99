#include "openpgp/inspect.h"

#include <algorithm>
#include <memory>
#include <string>

#include "openpgp/armor.h"
#include "openpgp/failure.h"
#include "openpgp/packet_reader.h"
#include "openpgp/session_opener.h"
#include "stream/memory_source.h"

namespace octo::openpgp {
namespace {

std::string_view Text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string Dearmored(std::span<const std::byte> first_bytes) {
  ArmorSource armor(std::make_unique<stream::MemorySource>(std::string(Text(first_bytes))),
                    "PGP MESSAGE");
  std::string decoded;
  std::byte block[48];
  try {
    while (const size_t count = armor.Read(block))
      decoded.append(Text(std::span(block).first(count)));
  } catch (const Error&) {  // cut, as first bytes are; or broken, which the decryption will say
  }
  return decoded;
}

}  // namespace

Preflight InspectMessage(std::span<const std::byte> first_bytes, const KeyRing& ring,
                         size_t passphrases, WallTime now) {
  Preflight preflight;
  preflight.is_openpgp = LooksLikeOpenPgp(first_bytes);
  if (!preflight.is_openpgp) return preflight;
  preflight.armored = LooksArmored(Text(first_bytes));
  stream::MemorySource bytes(preflight.armored ? Dearmored(first_bytes)
                                               : std::string(Text(first_bytes)));
  PacketReader packets(bytes, CiphertextEndsEarly);
  OuterMessage message;
  try {
    ReadOuterMessage(packets, message);
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kPermanent) preflight.problem = error.message;
    if (error.kind != ErrorKind::kIncomplete) return preflight;
  }
  preflight.symmetric = !message.passphrases.empty();
  preflight.recipients = Recipients(message, ring);
  const bool usable = std::ranges::any_of(preflight.recipients, &Recipient::held) ||
                      (preflight.symmetric && passphrases > 0);
  if (!usable) preflight.problem = DescribeMissingKey(message, ring, passphrases, now);
  return preflight;
}

bool LooksLikeOpenPgp(std::span<const std::byte> first_bytes) {
  if (LooksArmored(Text(first_bytes))) return true;
  if (first_bytes.size() < 3) return false;
  stream::MemorySource bytes{std::string(Text(first_bytes))};
  PacketReader packets(bytes, CiphertextEndsEarly);
  try {
    const auto tag = packets.Next();
    const uint8_t version = packets.BodyByte();
    switch (*tag) {
      case Tag::kPublicKeySession:
        return version == 2 || version == 3 || version == 6;
      case Tag::kSymmetricSession:
        return version >= 4 && version <= 6;
      case Tag::kOnePassSignature:
        return version == 3 || version == 6;
      case Tag::kCompressed:  // gpg writes this one for a signed message
        return first_bytes[0] == std::byte{0xA3} && version <= 3;
      case Tag::kMarker:
        return version == 'P';
      default:
        return false;
    }
  } catch (const Error&) {
    return false;
  }
}

}  // namespace octo::openpgp
