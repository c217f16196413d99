#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "stream/context.h"
#include "stream/source.h"

namespace octo::codec {

// Limits on real bytes, never on what headers claim. Reaching one is a kCorrupt error that names
// the limit.
struct Limits {
  uint64_t most_bytes = uint64_t{1} << 42;  // all entries of a delivery together, unpacked
  double most_ratio = 2000;                 // unpacked / packed, looked at from 64 MiB unpacked on
  uint64_t most_entries = 100'000;
  int most_depth = 4;                          // compressions and containers inside one another
  size_t most_name_bytes = 1024;               // of an entry's path
  size_t most_codec_bytes = size_t{96} << 20;  // memory one codec may ask for (xz and zstd windows)
};

// What the layers were and what vouches for the end; complete once the archive's end has been
// reached.
struct ArchiveReport {
  std::vector<std::string> layers;  // outermost first: "gzip", "tar"
  std::vector<std::string>
      vouched_by;  // "gzip crc32", "tar end blocks", "zip central directory", ...; empty: unframed
  uint64_t packed_bytes = 0;
  uint64_t unpacked_bytes = 0;
};

// One file out of an archive. `content` belongs to the archive and is valid until the next call of
// Next. Its end is verified for the entry alone (its checksum and size); the archive's own end only
// by Next.
struct Entry {
  std::string name;  // safe: relative, no "..", no control characters; UTF-8 kept; empty for a lone
                     // stream without a name
  std::optional<uint64_t> bytes;  // when the container knows it beforehand
  stream::Source* content = nullptr;
};

// A delivery, unpacked: entries in the order they come. A plain file or a lone compressed file is
// an archive of one entry. Next returns nullopt only when the container and everything around it
// have been verified to the last byte (end blocks, central directory, checksums of compressions,
// the wrapped source's own end, nothing trailing). An entry that was not read to its end is read
// (and verified) by Next. Sticky end and errors. One thread at a time.
class Archive {
 public:
  Archive() = default;
  Archive(const Archive&) = delete;
  Archive& operator=(const Archive&) = delete;
  virtual ~Archive() = default;

  virtual std::optional<Entry> Next() = 0;
  // True for tar and zip, false for a plain or lone compressed file.
  virtual bool IsContainer() const = 0;
};

// Opens `packed`, finding out by its content what it is (detect.h); reads its head, and throws what
// Next would. Compressions around the whole delivery and around single entries are taken off, an
// archive inside an archive is flattened into entries "its name without extension/entry", all
// within the limits. An OpenPGP message inside an archive and an office document (a zip by its
// bytes) are left as they are. Empty input is one empty entry. `name` is for messages only.
// `report` must outlive the archive. `enclosing_end_verified`: whether the end of `packed` is
// vouched for by a layer of its own (OpenPGP integrity packet, companion checksum); a tar without
// end blocks is accepted only if this or a compression does. Errors, all of stage "unpack":
// kIncomplete where it is cut, kCorrupt where it is damaged, followed by something or beyond a
// limit, kPermanent for what is not supported (passwords, links, devices, split zips, uuencode).
std::unique_ptr<Archive> OpenArchive(std::unique_ptr<stream::Source> packed, std::string name,
                                     const Limits& limits, bool enclosing_end_verified,
                                     ArchiveReport& report, const stream::Context& context);

}  // namespace octo::codec
