#pragma once

#include <cstdint>
#include <string>
#include <string_view>

// Messages that no program of good will makes, packet by packet.
namespace octo::openpgp {

// A packet in new format with a five-byte length.
std::string Packet(int tag, std::string_view body);
std::string LiteralPacket(std::string_view data, std::string_view name = "");
// A compressed packet by zlib; `format` 1 ZIP or 2 ZLIB.
std::string CompressedPacket(int format, std::string_view packets);

// `packets` encrypted by AES-256 to the passphrase "open sesame" (simple S2K with SHA-256), with
// the modification detection code (type 18), or in the old form without (type 9).
std::string EncryptedMessage(std::string_view packets);
std::string UnprotectedMessage(std::string_view packets);
// In ASCII armor with its checksum.
std::string Armored(std::string_view binary, std::string_view type = "MESSAGE");

}  // namespace octo::openpgp
