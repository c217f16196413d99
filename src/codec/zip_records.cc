#include "codec/zip_records.h"

#include <fmt/format.h>

#include <algorithm>

#include "codec/little_endian.h"

namespace octo::codec {
namespace {

constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr uint16_t kZip64Extra = 0x0001;
constexpr uint32_t kElsewhere = 0xffffffff;  // the value is in the zip64 extra field

}  // namespace

std::span<const std::byte> ZipRecords::Need(size_t bytes) {
  const auto peeked = input_.Peek(bytes);
  if (peeked.size() < bytes) {
    throw place_.Incomplete(fmt::format("ends after {} bytes, before its end record is complete",
                                        input_.position() + peeked.size()));
  }
  return peeked;
}

void ZipRecords::Skip(uint64_t bytes) {
  while (bytes > 0) {
    const auto piece = Need(1);
    const auto taken = std::min<uint64_t>(piece.size(), bytes);
    input_.Advance(static_cast<std::ptrdiff_t>(taken));
    bytes -= taken;
  }
}

uint32_t ZipRecords::NextSignature() { return LittleEndian<uint32_t>(Need(4), 0); }

ZipHeader ZipRecords::TakeLocalHeader() {
  ZipHeader header;
  const uint64_t offset = input_.position();
  const auto fixed = Need(kLocalBytes);
  header.flags = LittleEndian<uint16_t>(fixed, 6);
  header.method = LittleEndian<uint16_t>(fixed, 8);
  header.crc = LittleEndian<uint32_t>(fixed, 14);
  header.packed_bytes = LittleEndian<uint32_t>(fixed, 18);
  header.bytes = LittleEndian<uint32_t>(fixed, 22);
  const size_t name_bytes = LittleEndian<uint16_t>(fixed, 26);
  const size_t extra_bytes = LittleEndian<uint16_t>(fixed, 28);
  input_.Advance(kLocalBytes);
  TakeNameAndExtra(name_bytes, extra_bytes, header);
  header.offset = offset;
  return header;
}

ZipHeader ZipRecords::TakeCentralHeader() {
  ZipHeader header;
  const auto fixed = Need(kCentralBytes);
  header.made_by = LittleEndian<uint16_t>(fixed, 4);
  header.flags = LittleEndian<uint16_t>(fixed, 8);
  header.method = LittleEndian<uint16_t>(fixed, 10);
  header.crc = LittleEndian<uint32_t>(fixed, 16);
  header.packed_bytes = LittleEndian<uint32_t>(fixed, 20);
  header.bytes = LittleEndian<uint32_t>(fixed, 24);
  const size_t name_bytes = LittleEndian<uint16_t>(fixed, 28);
  const size_t extra_bytes = LittleEndian<uint16_t>(fixed, 30);
  const size_t comment_bytes = LittleEndian<uint16_t>(fixed, 32);
  header.disk = LittleEndian<uint16_t>(fixed, 34);
  header.attributes = LittleEndian<uint32_t>(fixed, 38);
  header.offset = LittleEndian<uint32_t>(fixed, 42);
  input_.Advance(kCentralBytes);
  TakeNameAndExtra(name_bytes, extra_bytes, header);
  Skip(comment_bytes);
  return header;
}

void ZipRecords::TakeNameAndExtra(size_t name_bytes, size_t extra_bytes, ZipHeader& header) {
  place_.delivery().CheckNameBytes(name_bytes);
  header.name.assign(reinterpret_cast<const char*>(Need(name_bytes).data()), name_bytes);
  input_.Advance(static_cast<std::ptrdiff_t>(name_bytes));
  const auto extra = Need(extra_bytes).first(extra_bytes);
  // Some writers leave a rest that is no field; it says nothing.
  for (size_t at = 0; at + 4 <= extra.size();) {
    const auto id = LittleEndian<uint16_t>(extra, at);
    const size_t bytes = LittleEndian<uint16_t>(extra, at + 2);
    if (at + 4 + bytes > extra.size()) break;
    if (id == kZip64Extra) ReadZip64(extra.subspan(at + 4, bytes), header);
    at += 4 + bytes;
  }
  input_.Advance(static_cast<std::ptrdiff_t>(extra_bytes));
}

// Holds, in this order, only the values whose own fields say that they are elsewhere.
void ZipRecords::ReadZip64(std::span<const std::byte> field, ZipHeader& header) const {
  size_t at = 0;
  for (uint64_t* value : {&header.bytes, &header.packed_bytes, &header.offset}) {
    if (*value != kElsewhere) continue;
    if (at + 8 > field.size()) {
      throw place_.Corrupt(fmt::format("has a damaged zip64 field at byte {}", input_.position()));
    }
    *value = LittleEndian<uint64_t>(field, at);
    at += 8;
  }
}

}  // namespace octo::codec
