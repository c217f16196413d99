#pragma once

#include <cstdint>
#include <vector>

#include "codec/delivery.h"
#include "codec/input.h"
#include "codec/zip_records.h"

namespace octo::codec {

// Remembers, in a few bytes each, the entries that were found while a zip was read front to back,
// and compares them with the central directory and the end records behind them.
class ZipDirectory {
 public:
  // An entry whose data have been read, with the checksum and sizes that were found.
  void Add(const ZipHeader& found);

  // Reads from behind the last entry to the end of `input`. Returns when the central directory
  // lists exactly the entries that were added, the end records (zip64 too) tell its true place,
  // size and count, and nothing follows. Throws kCorrupt, kIncomplete; kPermanent for links,
  // devices, encrypted directories and split zips.
  void Verify(ZipRecords& records, Input& input, const Place& place);

 private:
  struct Found {
    uint64_t offset;
    uint64_t packed_bytes;
    uint64_t bytes;
    uint64_t name_hash;
    uint32_t crc;
    uint16_t method;
    bool utf8;
    bool listed;
  };
  struct Span {  // of the central directory
    uint64_t offset;
    uint64_t bytes;
  };

  void Match(const ZipHeader& listed, const Place& place);
  void VerifyZip64End(ZipRecords& records, Input& input, const Place& place, Span directory) const;
  void VerifyEnd(ZipRecords& records, Input& input, const Place& place, Span directory,
                 bool zip64) const;

  std::vector<Found> found_;  // by rising offset
};

}  // namespace octo::codec
