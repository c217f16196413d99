#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "codec/archive.h"

// Compressed files, tars and zips for tests, made by the formats' own libraries or byte by byte
// where a sample must be unusual or wrong; and a way to unpack them.
namespace octo::codec::samples {

// Text that compresses a little.
std::string Csv(size_t bytes);

struct GzipFields {
  std::string name;
  std::string comment;
  std::string extra;
  bool header_crc = false;
};
std::string Gzip(std::string_view plain, const GzipFields& fields = {});
std::string Zlib(std::string_view plain, int level = 6);
std::string Deflate(std::string_view plain);
std::string Bzip2(std::string_view plain);

struct ZstdFields {
  bool checksum = true;
  int window_log = 0;  // 0: the library's choice
};
std::string Zstd(std::string_view plain, const ZstdFields& fields = {});
std::string ZstdSkippable(std::string_view content);
std::string Xz(std::string_view plain, bool checked = true, uint32_t dictionary_bytes = 1 << 20);

// Many zero bytes, compressed without ever being in memory.
std::string DeflateOfZeros(uint64_t mebibytes);
uint32_t CrcOfZeros(uint64_t mebibytes);
std::string GzipOfZeros(uint64_t mebibytes);
std::string Bzip2OfZeros(uint64_t mebibytes);

struct TarMember {
  std::string name;
  std::string content;
  char type = '0';
  std::string prefix;
  std::string magic = std::string("ustar\00000", 8);  // GNU's is "ustar  \0", the old form has none
};
std::string TarBlocks(const TarMember& member);  // header, content, padding
std::string Tar(const std::vector<TarMember>& members, size_t end_blocks = 2);
std::string PaxRecord(const std::string& key, const std::string& value);

struct ZipMember {
  enum class Descriptor { kNone, kSigned, kUnsigned, kWideSigned, kWideUnsigned };
  std::string name;
  std::string content;
  uint16_t method = 8;
  Descriptor descriptor = Descriptor::kNone;
  bool zip64 = false;  // lengths in the zip64 extra field
  uint16_t flags = 0;
  uint16_t made_by = 20;
  uint32_t attributes = 0;
  // Instead of what the content gives:
  std::optional<std::string> packed;
  std::optional<uint64_t> stated_bytes;
  std::optional<uint32_t> stated_crc;
};
struct ZipEnd {
  bool zip64 = false;
  std::string comment;
  bool reverse_directory = false;
};
std::string Zip(const std::vector<ZipMember>& members, const ZipEnd& end = {});

struct Unpacked {
  struct File {
    std::string name;
    std::string content;
    std::optional<uint64_t> bytes;
    bool operator==(const File&) const = default;
  };
  std::vector<File> files;     // the last may be incomplete when there is an error
  std::optional<Error> error;  // none: a clean end
  ArchiveReport report;
  bool container = false;

  std::vector<std::string> Names() const;
};
Unpacked Unpack(std::string bytes, const Limits& limits = {}, bool enclosing_end_verified = false,
                size_t most_at_once = SIZE_MAX);

// The bytes of all files together, which are read but not kept. Throws.
uint64_t CountUnpacked(std::string bytes);

// That no prefix of `bytes` from `shortest` on ends cleanly, and with which kinds of error.
void ExpectNoCutIsClean(const std::string& bytes, size_t shortest = 1);
// That with any one bit of each byte flipped, `bytes` don't end cleanly with anything but the same
// files. The bytes for which `harmless` holds are left alone.
void ExpectNoFlipIsClean(const std::string& bytes, bool (*harmless)(size_t position, size_t size));

}  // namespace octo::codec::samples
