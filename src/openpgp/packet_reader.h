#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "crypto/digest.h"
#include "openpgp/byte_reader.h"
#include "openpgp/failure.h"
#include "stream/source.h"

namespace octo::openpgp {

// Packet types, RFC 4880 section 4.3 (and RFC 9580 section 5; 20 is of the LibrePGP draft).
enum class Tag : uint8_t {
  kPublicKeySession = 1,
  kSignature = 2,
  kSymmetricSession = 3,
  kOnePassSignature = 4,
  kCompressed = 8,
  kEncrypted = 9,
  kMarker = 10,
  kLiteral = 11,
  kEncryptedIntegrity = 18,
  kModificationCode = 19,
  kEncryptedAead = 20,
};

// Walks a sequence of packets: old and new format, partial and indeterminate lengths. Knows no
// types beyond that. Bytes that end inside a packet throw what `ends_early` makes; a malformed
// header throws kCorrupt.
class PacketReader {
 public:
  using EndsEarly = Error (*)();
  // `source` must outlive the reader.
  PacketReader(stream::Source& source, EndsEarly ends_early)
      : bytes_(source), ends_early_(ends_early) {}

  // The type of the next packet; nullopt at the verified end of the source. The body of the packet
  // before must have been read to its end.
  std::optional<Tag> Next();
  // True at the verified end of the source, between packets.
  bool AtEnd() { return bytes_.AtEnd(); }
  // Bytes of the current packet's body; 0 at its end.
  size_t ReadBody(std::span<std::byte> out);
  // What is left of the current packet's body; kCorrupt when it is longer than `most_bytes`.
  crypto::Bytes ReadWholeBody(size_t most_bytes);
  // The next byte of the body, which must be there.
  uint8_t BodyByte();

 private:
  uint8_t HeaderByte();
  void ReadNewLength();
  void ReadOldLength(int length_type);

  ByteReader bytes_;
  EndsEarly ends_early_;
  uint64_t left_ = 0;           // of the body, or of its current part
  bool more_parts_ = false;     // another length follows the current part
  bool indeterminate_ = false;  // the body extends to the end of the source
};

// The body of a reader's current packet as a source. The reader must outlive it.
class PacketBody final : public stream::Source {
 public:
  explicit PacketBody(PacketReader& packets) : packets_(packets) {}
  size_t Read(std::span<std::byte> buffer) override { return packets_.ReadBody(buffer); }

 private:
  PacketReader& packets_;
};

}  // namespace octo::openpgp
