#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "codec/delivery.h"
#include "codec/input.h"

// The records of a zip (PKWARE APPNOTE.TXT 6.3.10, section 4.3) that this reader needs.
namespace octo::codec {

inline constexpr uint32_t kZipLocalHeader = 0x04034b50;
inline constexpr uint32_t kZipDescriptor = 0x08074b50;
inline constexpr uint32_t kZipArchiveExtra = 0x08064b50;  // of an encrypted central directory
inline constexpr uint32_t kZipCentralHeader = 0x02014b50;
inline constexpr uint32_t kZipSignature =
    0x05054b50;  // a digital signature behind the central directory
inline constexpr uint32_t kZip64End = 0x06064b50;
inline constexpr uint32_t kZip64Locator = 0x07064b50;
inline constexpr uint32_t kZipEnd = 0x06054b50;

inline constexpr uint16_t kZipEncrypted = 1U << 0;
inline constexpr uint16_t kZipHasDescriptor = 1U << 3;
inline constexpr uint16_t kZipPatch = 1U << 5;
inline constexpr uint16_t kZipStronglyEncrypted = 1U << 6;
inline constexpr uint16_t kZipUtf8 = 1U << 11;
inline constexpr uint16_t kZipMaskedHeader = 1U << 13;

// What a local header, or a header in the central directory, says of an entry.
struct ZipHeader {
  uint16_t flags = 0;
  uint16_t method = 0;
  uint32_t crc = 0;
  uint64_t packed_bytes = 0;
  uint64_t bytes = 0;
  uint64_t offset = 0;      // of the local header; in a local header: where it was found
  uint32_t disk = 0;        // central only
  uint16_t made_by = 0;     // central only
  uint32_t attributes = 0;  // central only
  std::string name;         // as it is
};

// Reads the records of a zip one after another. Throws kIncomplete where the input ends, kCorrupt
// where a record is not sound. One thread at a time.
class ZipRecords {
 public:
  ZipRecords(Input& input, const Place& place) : input_(input), place_(place) {}

  // The signature of the next record, which is not taken.
  uint32_t NextSignature();
  ZipHeader TakeLocalHeader();
  ZipHeader TakeCentralHeader();
  // The next `bytes` (up to Input::kCapacity), which must be there; not taken.
  std::span<const std::byte> Need(size_t bytes);
  // Takes bytes without looking at them.
  void Skip(uint64_t bytes);

 private:
  // Takes name and extra field; resolves what the latter says in place of `header`'s fields.
  void TakeNameAndExtra(size_t name_bytes, size_t extra_bytes, ZipHeader& header);
  void ReadZip64(std::span<const std::byte> field, ZipHeader& header) const;

  Input& input_;
  const Place& place_;
};

}  // namespace octo::codec
