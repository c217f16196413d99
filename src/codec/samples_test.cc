#include "codec/samples.h"

#include <bzlib.h>
#include <gtest/gtest.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "stream/memory_source.h"

namespace octo::codec::samples {
namespace {

void Le16(std::string& out, uint64_t number) {
  out += static_cast<char>(number);
  out += static_cast<char>(number >> 8);
}
void Le32(std::string& out, uint64_t number) {
  Le16(out, number);
  Le16(out, number >> 16);
}
void Le64(std::string& out, uint64_t number) {
  Le32(out, number);
  Le32(out, number >> 32);
}

std::string ZlibDeflate(std::string_view plain, int window_bits, int level, gz_header* header) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, level, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
  if (header != nullptr) deflateSetHeader(&stream, header);
  std::string out(deflateBound(&stream, plain.size()) + 200'000, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string ZipPacked(const ZipMember& member) {
  if (member.packed) return *member.packed;
  switch (member.method) {
    case 8:
      return Deflate(member.content);
    case 12:
      return Bzip2(member.content);
    case 93:
      return Zstd(member.content);
    case 95:
      return Xz(member.content);
    default:
      return member.content;
  }
}

uint32_t Crc(std::string_view plain) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(plain.data()), static_cast<uInt>(plain.size())));
}

uint64_t StatedBytes(const ZipMember& member) {
  return member.stated_bytes.value_or(member.content.size());
}

uint32_t StatedCrc(const ZipMember& member) {
  return member.stated_crc.value_or(Crc(member.content));
}

// The part that local and central headers share: version, flags, method, time, date, checksum,
// lengths.
void ZipShared(std::string& out, const ZipMember& member, uint64_t packed_bytes, bool local) {
  const bool later = local && member.descriptor != ZipMember::Descriptor::kNone;
  Le16(out, 45);
  Le16(out, member.flags | (member.descriptor != ZipMember::Descriptor::kNone ? 8U : 0U));
  Le16(out, member.method);
  Le32(out, 0x58210000);
  Le32(out, later ? 0 : StatedCrc(member));
  Le32(out, member.zip64 ? 0xffffffff : later ? 0 : packed_bytes);
  Le32(out, member.zip64 ? 0xffffffff : later ? 0 : StatedBytes(member));
}

std::string Zip64Extra(const ZipMember& member, uint64_t packed_bytes, bool later) {
  if (!member.zip64) return {};
  std::string out;
  Le16(out, 1);
  Le16(out, 16);
  Le64(out, later ? 0 : StatedBytes(member));
  Le64(out, later ? 0 : packed_bytes);
  return out;
}

std::string ZipLocal(const ZipMember& member) {
  const bool later = member.descriptor != ZipMember::Descriptor::kNone;
  const std::string packed = ZipPacked(member);
  const std::string extra = Zip64Extra(member, packed.size(), later);
  std::string out = "PK\x03\x04";
  ZipShared(out, member, packed.size(), true);
  Le16(out, member.name.size());
  Le16(out, extra.size());
  out += member.name + extra + packed;
  if (!later) return out;
  const bool wide = member.descriptor == ZipMember::Descriptor::kWideSigned ||
                    member.descriptor == ZipMember::Descriptor::kWideUnsigned;
  if (member.descriptor == ZipMember::Descriptor::kSigned ||
      member.descriptor == ZipMember::Descriptor::kWideSigned) {
    out += "PK\x07\x08";
  }
  Le32(out, StatedCrc(member));
  for (const uint64_t length : {packed.size(), StatedBytes(member)}) {
    if (wide) {
      Le64(out, length);
    } else {
      Le32(out, length);
    }
  }
  return out;
}

std::string ZipCentral(const ZipMember& member, uint64_t offset) {
  const std::string packed = ZipPacked(member);
  const std::string extra = Zip64Extra(member, packed.size(), false);
  std::string out = "PK\x01\x02";
  Le16(out, member.made_by);
  ZipShared(out, member, packed.size(), false);
  Le16(out, member.name.size());
  Le16(out, extra.size());
  Le32(out, 0);  // comment, disk
  Le16(out, 0);
  Le32(out, member.attributes);
  Le32(out, offset);
  return out + member.name + extra;
}

std::string ZipEndRecords(const ZipEnd& end, uint64_t entries, uint64_t offset, uint64_t bytes) {
  std::string out;
  if (end.zip64) {
    out += "PK\x06\x06";
    Le64(out, 44);
    Le32(out, 45 << 16 | 45);
    Le64(out, 0);
    for (const uint64_t value : {entries, entries, bytes, offset}) Le64(out, value);
    out += "PK\x06\x07";
    Le32(out, 0);
    Le64(out, offset + bytes);
    Le32(out, 1);
  }
  out += "PK\x05\x06";
  Le32(out, 0);
  Le16(out, end.zip64 ? 0xffff : entries);
  Le16(out, end.zip64 ? 0xffff : entries);
  Le32(out, end.zip64 ? 0xffffffff : bytes);
  Le32(out, end.zip64 ? 0xffffffff : offset);
  Le16(out, end.comment.size());
  return out + end.comment;
}

}  // namespace

std::string Csv(size_t bytes) {
  std::string text = "loan,balance,state\n";
  uint64_t state = 7;
  while (text.size() < bytes) {
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    text += std::to_string(state >> 40) + ",1000.25,CURRENT\n";
  }
  text.resize(bytes);
  return text;
}

std::string Gzip(std::string_view plain, const GzipFields& fields) {
  gz_header header = {};
  header.os = 3;
  header.hcrc = fields.header_crc ? 1 : 0;
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<Bytef*>(const_cast<char*>(text.c_str()));
  };
  if (!fields.name.empty()) header.name = bytes(fields.name);
  if (!fields.comment.empty()) header.comment = bytes(fields.comment);
  if (!fields.extra.empty()) header.extra = bytes(fields.extra);
  header.extra_len = static_cast<uInt>(fields.extra.size());
  return ZlibDeflate(plain, 15 + 16, 6, &header);
}

std::string Zlib(std::string_view plain, int level) {
  return ZlibDeflate(plain, 15, level, nullptr);
}

std::string Deflate(std::string_view plain) { return ZlibDeflate(plain, -15, 6, nullptr); }

std::string Bzip2(std::string_view plain) {
  auto bytes = static_cast<unsigned>(plain.size() + plain.size() / 50 + 1000);
  std::string out(bytes, '\0');
  EXPECT_EQ(BZ2_bzBuffToBuffCompress(out.data(), &bytes, const_cast<char*>(plain.data()),
                                     static_cast<unsigned>(plain.size()), 1, 0, 0),
            BZ_OK);
  out.resize(bytes);
  return out;
}

std::string Zstd(std::string_view plain, const ZstdFields& fields) {
  ZSTD_CCtx* context = ZSTD_createCCtx();
  ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, fields.checksum ? 1 : 0);
  // A frame of unknown length: otherwise a small one states no window of its own.
  if (fields.window_log != 0) {
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, fields.window_log);
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
  }
  std::string out(ZSTD_compressBound(plain.size()), '\0');
  ZSTD_inBuffer in{plain.data(), plain.size(), 0};
  ZSTD_outBuffer packed{out.data(), out.size(), 0};
  if (fields.window_log != 0) ZSTD_compressStream2(context, &packed, &in, ZSTD_e_flush);
  EXPECT_EQ(ZSTD_compressStream2(context, &packed, &in, ZSTD_e_end), 0u);
  out.resize(packed.pos);
  ZSTD_freeCCtx(context);
  return out;
}

std::string ZstdSkippable(std::string_view content) {
  std::string out = "\x53\x2a\x4d\x18";
  Le32(out, content.size());
  return out.append(content);
}

std::string Xz(std::string_view plain, bool checked, uint32_t dictionary_bytes) {
  lzma_options_lzma options;
  lzma_lzma_preset(&options, 1);
  options.dict_size = dictionary_bytes;
  lzma_filter filters[] = {{LZMA_FILTER_LZMA2, &options}, {LZMA_VLI_UNKNOWN, nullptr}};
  std::string out(lzma_stream_buffer_bound(plain.size()), '\0');
  size_t bytes = 0;
  EXPECT_EQ(
      lzma_stream_buffer_encode(filters, checked ? LZMA_CHECK_CRC64 : LZMA_CHECK_NONE, nullptr,
                                reinterpret_cast<const uint8_t*>(plain.data()), plain.size(),
                                reinterpret_cast<uint8_t*>(out.data()), &bytes, out.size()),
      LZMA_OK);
  out.resize(bytes);
  return out;
}

std::string DeflateOfZeros(uint64_t mebibytes) {
  // One piece that refers to nothing before it and ends on a whole byte, many times, and an empty
  // last block.
  const std::string zeros(size_t{1} << 20, '\0');
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 9, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string piece(size_t{64} << 10, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(zeros.data()));
  stream.avail_in = static_cast<uInt>(zeros.size());
  stream.next_out = reinterpret_cast<Bytef*>(piece.data());
  stream.avail_out = static_cast<uInt>(piece.size());
  EXPECT_EQ(deflate(&stream, Z_FULL_FLUSH), Z_OK);
  piece.resize(stream.total_out);
  deflateEnd(&stream);
  std::string out;
  for (uint64_t i = 0; i < mebibytes; ++i) out += piece;
  return out + Deflate("");
}

uint32_t CrcOfZeros(uint64_t mebibytes) {
  const uint32_t one = Crc(std::string(size_t{1} << 20, '\0'));
  uLong crc = 0;
  for (uint64_t i = 0; i < mebibytes; ++i) crc = crc32_combine(crc, one, 1 << 20);
  return static_cast<uint32_t>(crc);
}

std::string GzipOfZeros(uint64_t mebibytes) {
  std::string out = std::string("\x1f\x8b\x08\0\0\0\0\0\0\x03", 10) + DeflateOfZeros(mebibytes);
  Le32(out, CrcOfZeros(mebibytes));
  Le32(out, mebibytes << 20);
  return out;
}

std::string Bzip2OfZeros(uint64_t mebibytes) {
  bz_stream stream = {};
  EXPECT_EQ(BZ2_bzCompressInit(&stream, 9, 0, 0), BZ_OK);
  std::string zeros(size_t{1} << 20, '\0');
  std::string out(size_t{4} << 20, '\0');
  stream.next_out = out.data();
  stream.avail_out = static_cast<unsigned>(out.size());
  for (; mebibytes > 0; --mebibytes) {
    stream.next_in = zeros.data();
    stream.avail_in = static_cast<unsigned>(zeros.size());
    BZ2_bzCompress(&stream, BZ_RUN);
  }
  EXPECT_EQ(BZ2_bzCompress(&stream, BZ_FINISH), BZ_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  BZ2_bzCompressEnd(&stream);
  return out;
}

std::string TarBlocks(const TarMember& member) {
  std::string block(512, '\0');
  const auto put = [&](size_t at, std::string_view text) {
    std::copy(text.begin(), text.end(), block.begin() + static_cast<std::ptrdiff_t>(at));
  };
  std::array<char, 16> number{};
  put(0, std::string_view(member.name).substr(0, 100));
  put(100, "0000644");
  put(108, "0001750");
  put(116, "0001750");
  std::snprintf(number.data(), number.size(), "%011zo", member.content.size());
  put(124, number.data());
  put(136, "14600000000");
  put(148, "        ");
  block[156] = member.type;
  if (member.type == '1' || member.type == '2') put(157, "/etc/passwd");
  put(257, member.magic);
  put(345, member.prefix);
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  std::snprintf(number.data(), number.size(), "%06o", sum);
  put(148, std::string_view(number.data(), 7));
  return block + member.content + std::string((512 - member.content.size() % 512) % 512, '\0');
}

std::string Tar(const std::vector<TarMember>& members, size_t end_blocks) {
  std::string out;
  for (const TarMember& member : members) out += TarBlocks(member);
  return out.append(end_blocks * 512, '\0');
}

std::string PaxRecord(const std::string& key, const std::string& value) {
  const std::string rest = ' ' + key + '=' + value + '\n';
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) ++length;
  return std::to_string(length) + rest;
}

std::string Zip(const std::vector<ZipMember>& members, const ZipEnd& end) {
  std::string out;
  std::vector<std::string> headers;
  for (const ZipMember& member : members) {
    headers.push_back(ZipCentral(member, out.size()));
    out += ZipLocal(member);
  }
  if (end.reverse_directory) std::reverse(headers.begin(), headers.end());
  const size_t offset = out.size();
  for (const std::string& header : headers) out += header;
  return out + ZipEndRecords(end, members.size(), offset, out.size() - offset);
}

std::vector<std::string> Unpacked::Names() const {
  std::vector<std::string> names;
  for (const File& file : files) names.push_back(file.name);
  return names;
}

Unpacked Unpack(std::string bytes, const Limits& limits, bool enclosing_end_verified,
                size_t most_at_once) {
  Unpacked result;
  std::vector<std::byte> buffer(size_t{32} << 10);
  try {
    const auto archive =
        OpenArchive(std::make_unique<stream::MemorySource>(std::move(bytes), most_at_once),
                    "sample", limits, enclosing_end_verified, result.report, {});
    result.container = archive->IsContainer();
    while (const auto entry = archive->Next()) {
      result.files.push_back({entry->name, "", entry->bytes});
      while (const size_t count = entry->content->Read(buffer)) {
        result.files.back().content.append(reinterpret_cast<const char*>(buffer.data()), count);
      }
    }
    EXPECT_FALSE(archive->Next()) << "the end is not sticky";
  } catch (const Error& error) {
    result.error = error;
  }
  return result;
}

uint64_t CountUnpacked(std::string bytes) {
  ArchiveReport report;
  const auto archive = OpenArchive(std::make_unique<stream::MemorySource>(std::move(bytes)),
                                   "sample", {}, false, report, {});
  std::vector<std::byte> buffer(size_t{1} << 20);
  while (const auto entry = archive->Next()) {
    while (entry->content->Read(buffer) > 0) {
    }
  }
  return report.unpacked_bytes;
}

void ExpectNoCutIsClean(const std::string& bytes, size_t shortest) {
  for (size_t length = shortest; length < bytes.size(); ++length) {
    const Unpacked cut = Unpack(bytes.substr(0, length));
    ASSERT_TRUE(cut.error) << "ended cleanly when cut at " << length << " of " << bytes.size();
    EXPECT_EQ(cut.error->kind, ErrorKind::kIncomplete)
        << "cut at " << length << ": " << Describe(*cut.error);
    EXPECT_EQ(cut.error->stage, "unpack");
  }
}

void ExpectNoFlipIsClean(const std::string& bytes, bool (*harmless)(size_t position, size_t size)) {
  const auto sound = Unpack(bytes).files;
  for (size_t position = 0; position < bytes.size(); ++position) {
    if (harmless(position, bytes.size())) continue;
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[position] = static_cast<char>(flipped[position] ^ (1 << bit));
      const Unpacked result = Unpack(flipped);
      if (!result.error) {
        ASSERT_EQ(result.files, sound) << "byte " << position << " bit " << bit;
      }
    }
  }
}

}  // namespace octo::codec::samples
