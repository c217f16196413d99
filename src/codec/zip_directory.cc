#include "codec/zip_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "codec/little_endian.h"
#include "codec/names.h"

namespace octo::codec {
namespace {

// Whether the attributes are those of a link, a device or the like: only the central directory
// tells.
bool IsSpecial(const ZipHeader& header) {
  constexpr unsigned kUnix = 3;
  constexpr unsigned kDarwin = 19;
  const unsigned host = header.made_by >> 8U;
  if (host != kUnix && host != kDarwin) return false;
  constexpr uint32_t kTypeMask = 0170000;
  constexpr uint32_t kDirectory = 0040000;
  constexpr uint32_t kRegular = 0100000;
  const uint32_t type = (header.attributes >> 16U) & kTypeMask;
  return type != 0 && type != kDirectory && type != kRegular;
}

Error Split(const Place& place) {
  return place.Unsupported("is one volume of several",
                           "Ask the vendor to send one zip that is not split.");
}

}  // namespace

void ZipDirectory::Add(const ZipHeader& found) {
  found_.push_back({found.offset, found.packed_bytes, found.bytes,
                    std::hash<std::string>()(found.name), found.crc, found.method,
                    (found.flags & kZipUtf8) != 0, false});
}

void ZipDirectory::Verify(ZipRecords& records, Input& input, const Place& place) {
  const uint64_t begin = input.position();
  size_t listed = 0;
  while (records.NextSignature() == kZipCentralHeader) {
    Match(records.TakeCentralHeader(), place);
    ++listed;
  }
  if (listed != found_.size()) {
    throw place.Corrupt(fmt::format("holds {} entries, but lists {} in its central directory",
                                    found_.size(), listed));
  }
  if (records.NextSignature() == kZipSignature) {
    throw place.Unsupported("has a signed central directory, which is not supported", "");
  }
  const Span directory{begin, input.position() - begin};
  const bool zip64 = records.NextSignature() == kZip64End;
  if (zip64) VerifyZip64End(records, input, place, directory);
  VerifyEnd(records, input, place, directory, zip64);
  if (!input.AtEnd()) {
    throw place.Corrupt(
        fmt::format("is followed by bytes that don't belong to it, at byte {}", input.position()));
  }
}

void ZipDirectory::Match(const ZipHeader& listed, const Place& place) {
  const std::string shown = SafePath(ToUtf8(listed.name, Charset::kCodePage437));
  if (listed.disk != 0) throw Split(place);
  const auto found =
      std::lower_bound(found_.begin(), found_.end(), listed.offset,
                       [](const Found& entry, uint64_t offset) { return entry.offset < offset; });
  if (found == found_.end() || found->offset != listed.offset || found->listed) {
    throw place.Corrupt(
        fmt::format("lists an entry '{}' in its central directory that it does not hold", shown));
  }
  const bool agrees = found->packed_bytes == listed.packed_bytes && found->bytes == listed.bytes &&
                      found->crc == listed.crc && found->method == listed.method &&
                      found->utf8 == ((listed.flags & kZipUtf8) != 0) &&
                      (listed.flags & kZipEncrypted) == 0 &&
                      found->name_hash == std::hash<std::string>()(listed.name);
  if (!agrees) {
    throw place.Corrupt(fmt::format(
        "contradicts itself: its central directory tells other than the entry '{}'", shown));
  }
  if (IsSpecial(listed)) {
    throw place.Unsupported(
        fmt::format("has a link or device ('{}'); only files and directories are taken", shown),
        "Ask the vendor to pack plain files only.");
  }
  found->listed = true;
}

void ZipDirectory::VerifyZip64End(ZipRecords& records, Input& input, const Place& place,
                                  Span directory) const {
  constexpr size_t kFixedBytes = 56;
  constexpr size_t kLocatorBytes = 20;
  constexpr size_t kUncountedBytes = 12;  // of the record: its signature and its size
  const uint64_t begin = input.position();
  const auto record = records.Need(kFixedBytes);
  const auto bytes = LittleEndian<uint64_t>(record, 4);
  const bool sound = bytes >= kFixedBytes - kUncountedBytes && bytes <= Input::kCapacity &&
                     LittleEndian<uint32_t>(record, 16) == 0 &&
                     LittleEndian<uint32_t>(record, 20) == 0 &&
                     LittleEndian<uint64_t>(record, 24) == found_.size() &&
                     LittleEndian<uint64_t>(record, 32) == found_.size() &&
                     LittleEndian<uint64_t>(record, 40) == directory.bytes &&
                     LittleEndian<uint64_t>(record, 48) == directory.offset;
  if (!sound) throw place.Corrupt(fmt::format("has a wrong zip64 end record at byte {}", begin));
  records.Skip(bytes + kUncountedBytes);
  const auto locator = records.Need(kLocatorBytes);
  const bool located = LittleEndian<uint32_t>(locator, 0) == kZip64Locator &&
                       LittleEndian<uint32_t>(locator, 4) == 0 &&
                       LittleEndian<uint64_t>(locator, 8) == begin &&
                       LittleEndian<uint32_t>(locator, 16) <= 1;
  if (!located)
    throw place.Corrupt(fmt::format("has a wrong zip64 locator at byte {}", input.position()));
  records.Skip(kLocatorBytes);
}

void ZipDirectory::VerifyEnd(ZipRecords& records, Input& input, const Place& place, Span directory,
                             bool zip64) const {
  constexpr size_t kFixedBytes = 22;
  const uint64_t begin = input.position();
  if (records.NextSignature() != kZipEnd) {
    throw place.Corrupt(fmt::format("has bytes at {} that are no record of a zip", begin));
  }
  const auto record = records.Need(kFixedBytes);
  const auto is16 = [&](size_t at, uint64_t value) {
    const auto stated = LittleEndian<uint16_t>(record, at);
    return stated == value || (zip64 && stated == 0xffff);
  };
  const auto is32 = [&](size_t at, uint64_t value) {
    const auto stated = LittleEndian<uint32_t>(record, at);
    return stated == value || (zip64 && stated == 0xffffffff);
  };
  if (!is16(4, 0) || !is16(6, 0)) throw Split(place);
  if (!is16(8, found_.size()) || !is16(10, found_.size()) || !is32(12, directory.bytes) ||
      !is32(16, directory.offset)) {
    throw place.Corrupt(fmt::format("has a wrong end record at byte {}", begin));
  }
  records.Skip(kFixedBytes + LittleEndian<uint16_t>(record, 20));
}

}  // namespace octo::codec
