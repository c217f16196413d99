#include "codec/compressed_source.h"

#include <fmt/format.h>
#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <bit>

#include "codec/little_endian.h"
#include "codec/names.h"

namespace octo::codec {
namespace {

const unsigned char* Unsigned(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}

// RFC 1952.
class GzipSource final : public CompressedSource {
 public:
  GzipSource(std::unique_ptr<stream::Source> packed, const Place& place)
      : CompressedSource(std::move(packed), place, MakeDeflateDecoder(place)) {}

  const std::string& stored_name() const override { return name_; }

 private:
  static constexpr unsigned kHeaderCrc = 2;
  static constexpr unsigned kExtra = 4;
  static constexpr unsigned kName = 8;
  static constexpr unsigned kComment = 16;
  static constexpr unsigned kReserved = 0xe0;
  static constexpr uint64_t kMostCommentBytes = uint64_t{64} << 10;

  void Begin(bool first) override {
    header_crc_ = 0;
    const auto fixed = Need(10, "in its header");
    const auto method = std::to_integer<unsigned>(fixed[2]);
    const auto flags = std::to_integer<unsigned>(fixed[3]);
    if (fixed[0] != std::byte{0x1f} || fixed[1] != std::byte{0x8b}) ThrowTrailing();
    if (method != 8)
      throw place_.Unsupported(fmt::format("uses the unknown method {}", method), "");
    if ((flags & kReserved) != 0)
      throw place_.Corrupt("has a damaged header: reserved flags are set");
    Take(10);
    if ((flags & kExtra) != 0) {
      const auto bytes = LittleEndian<uint16_t>(Need(2, "in its header"), 0);
      Take(2);
      Need(bytes, "in its header");
      Take(bytes);
    }
    if ((flags & kName) != 0) {
      std::string name = TakeText();
      if (first) name_ = std::move(name);
    }
    if ((flags & kComment) != 0) TakeText();
    if ((flags & kHeaderCrc) != 0) {
      const auto stated = LittleEndian<uint16_t>(Need(2, "in its header"), 0);
      if (stated != (header_crc_ & 0xffff))
        throw place_.Corrupt("has a damaged header: its checksum does not match");
      Take(2);
    }
    crc_ = 0;
    bytes_ = 0;
  }

  void Saw(std::span<const std::byte> output) override {
    crc_ = crc32_gzip_refl(crc_, Unsigned(output), output.size());
    bytes_ += output.size();
  }

  void Finish() override {
    const auto trailer = Need(8, "before its checksum");
    if (LittleEndian<uint32_t>(trailer, 0) != crc_) {
      throw place_.Corrupt(fmt::format(
          "is damaged: its checksum (CRC-32) at byte {} does not match", input_.position()));
    }
    if (LittleEndian<uint32_t>(trailer, 4) != static_cast<uint32_t>(bytes_)) {
      throw place_.Corrupt(
          fmt::format("is damaged: its length at byte {} does not match", input_.position() + 4));
    }
    input_.Advance(8);
    if (input_.AtEnd()) {
      place_.delivery().AddVoucher("gzip crc32");
      return;
    }
    const auto next = input_.Peek(2);
    if (next[0] != std::byte{0x1f} || (next.size() > 1 && next[1] != std::byte{0x8b}))
      ThrowTrailing();
  }

  [[noreturn]] void ThrowTrailing() const {
    throw place_.Corrupt(
        fmt::format("is followed by bytes that don't belong to it, at byte {}", input_.position()));
  }

  void Take(size_t bytes) {
    header_crc_ = crc32_gzip_refl(header_crc_, Unsigned(input_.Buffered()), bytes);
    input_.Advance(static_cast<std::ptrdiff_t>(bytes));
  }

  // A text that ends with a NUL.
  std::string TakeText() {
    std::string text;
    while (true) {
      const auto piece = Need(1, "in its header");
      const auto end = std::find(piece.begin(), piece.end(), std::byte{0});
      const auto bytes = static_cast<size_t>(end - piece.begin());
      text.append(reinterpret_cast<const char*>(piece.data()), bytes);
      if (text.size() > kMostCommentBytes)
        throw place_.Corrupt("has a name or comment of more than 64 KiB in its header");
      const bool complete = end != piece.end();
      Take(bytes + (complete ? 1 : 0));
      if (complete) return text;
    }
  }

  std::string name_;
  uint32_t header_crc_ = 0;
  uint32_t crc_ = 0;
  uint64_t bytes_ = 0;
};

// RFC 1950. One stream; nothing may follow.
class ZlibSource final : public CompressedSource {
 public:
  ZlibSource(std::unique_ptr<stream::Source> packed, const Place& place)
      : CompressedSource(std::move(packed), place, MakeDeflateDecoder(place)) {}

 private:
  void Begin(bool first) override {
    if (!first)
      throw place_.Corrupt(fmt::format("is followed by bytes that don't belong to it, at byte {}",
                                       input_.position()));
    Need(2, "in its header");
    input_.Advance(2);
  }

  void Saw(std::span<const std::byte> output) override {
    adler_ = isal_adler32(adler_, Unsigned(output), output.size());
  }

  void Finish() override {
    uint32_t stated = LittleEndian<uint32_t>(Need(4, "before its checksum"), 0);
    stated = __builtin_bswap32(stated);
    if (stated != adler_) {
      throw place_.Corrupt(fmt::format(
          "is damaged: its checksum (Adler-32) at byte {} does not match", input_.position()));
    }
    input_.Advance(4);
    place_.delivery().AddVoucher("zlib adler32");
  }

  uint32_t adler_ = 1;
};

// zstd, bzip2 and xz: their libraries take the header and verify the trailer. What follows must
// begin like a stream.
class FramedSource final : public CompressedSource {
 public:
  FramedSource(Format format, std::unique_ptr<stream::Source> packed, const Place& place,
               std::unique_ptr<Decoder> decoder)
      : CompressedSource(std::move(packed), place, std::move(decoder)), format_(format) {}

 private:
  void Begin(bool first) override {
    if (first) return Note(input_.Peek(8));
    const uint64_t begin = input_.position();
    const auto head = input_.Peek(format_ == Format::kBzip2 ? 3 : 8);
    if (!MayBegin(head)) {
      throw place_.Corrupt(
          fmt::format("is followed by bytes that don't belong to it, at byte {}", begin));
    }
    Note(head);
  }

  // Whether `head` begins a stream, or is cut within the marks of one.
  bool MayBegin(std::span<const std::byte> head) const {
    std::string_view text(reinterpret_cast<const char*>(head.data()), head.size());
    if (format_ == Format::kZstd && (static_cast<unsigned char>(text[0]) & 0xf0) == 0x50) {
      return std::string_view("\x2a\x4d\x18", 3).starts_with(text.substr(1, 3));
    }
    const std::string_view mark = format_ == Format::kZstd ? std::string_view("\x28\xb5\x2f\xfd", 4)
                                  : format_ == Format::kBzip2
                                      ? std::string_view("BZh", 3)
                                      : std::string_view("\xfd\x37\x7a\x58\x5a\x00", 6);
    return mark.starts_with(text.substr(0, mark.size()));
  }

  // Looks up whether this stream carries a checksum.
  void Note(std::span<const std::byte> head) {
    if (format_ == Format::kZstd && head.size() > 4 && head[0] == std::byte{0x28}) {
      checked_ = checked_ && (std::to_integer<unsigned>(head[4]) & 4U) != 0;
    } else if (format_ == Format::kXz && head.size() > 7) {
      checked_ = checked_ && (std::to_integer<unsigned>(head[7]) & 0x0fU) != 0;
    }
  }

  void Finish() override {
    if (format_ == Format::kXz) TakePadding();
    if (!input_.AtEnd()) return;
    const char* checksum = format_ == Format::kZstd ? "zstd checksum"
                           : format_ == Format::kXz ? "xz check"
                                                    : "bzip2 crc32";
    const char* end = format_ == Format::kZstd ? "zstd frame end" : "xz index";
    place_.delivery().AddVoucher(checked_ ? checksum : end);
  }

  // Zero bytes in fours (the .xz file format, 2.2).
  void TakePadding() {
    while (!input_.AtEnd()) {
      const auto four = input_.Peek(4);
      if (four[0] != std::byte{0}) return;
      if (four.size() < 4) ThrowCut("inside its padding");
      if (LittleEndian<uint32_t>(four, 0) != 0) {
        throw place_.Corrupt(fmt::format("has damaged padding at byte {}", input_.position()));
      }
      input_.Advance(4);
    }
  }

  const Format format_;
  bool checked_ = true;
};

}  // namespace

const std::string& CompressedSource::stored_name() const {
  static const std::string none;
  return none;
}

void CompressedSource::ThrowCut(std::string_view before_what) const {
  throw place_.Incomplete(fmt::format("ends after {} bytes, {}",
                                      input_.position() + input_.Buffered().size(), before_what));
}

std::span<const std::byte> CompressedSource::Need(size_t bytes, std::string_view before_what) {
  const auto peeked = input_.Peek(bytes);
  if (peeked.size() < bytes) ThrowCut(before_what);
  return peeked;
}

size_t CompressedSource::Pull(std::span<std::byte> buffer) {
  while (true) {
    if (!in_stream_) {
      if (!first_ && input_.AtEnd()) return 0;
      Begin(first_);
      if (!first_) decoder_->Restart();
      first_ = false;
      in_stream_ = true;
      decoded_ = false;
    }
    if (const size_t bytes = Decode(buffer); bytes > 0) {
      Saw(buffer.first(bytes));
      produced_ += bytes;
      place_.delivery().CheckProduced(produced_);
      return bytes;
    }
    Finish();
    in_stream_ = false;
  }
}

size_t CompressedSource::Decode(std::span<std::byte> buffer) {
  while (!decoded_) {
    const auto packed = input_.Buffered();
    const Decoder::Step step = decoder_->Decode(packed, buffer);
    input_.Advance(step.consumed);
    decoded_ = step.ended;
    if (step.produced > 0) return step.produced;
    if (step.ended) break;
    if (step.consumed > 0) continue;
    if (!packed.empty()) {
      throw place_.Corrupt(
          fmt::format("is damaged: it can't be decoded from byte {} on", input_.position()));
    }
    if (!input_.Fill()) ThrowCut("before its end");
  }
  return 0;
}

std::unique_ptr<CompressedSource> OpenCompressed(Format format,
                                                 std::unique_ptr<stream::Source> packed,
                                                 Delivery& delivery, std::string_view of_what) {
  const Place place(delivery, fmt::format("the {} stream{}", Name(format), of_what));
  switch (format) {
    case Format::kGzip:
      return std::make_unique<GzipSource>(std::move(packed), place);
    case Format::kZlib:
      return std::make_unique<ZlibSource>(std::move(packed), place);
    case Format::kZstd:
      return std::make_unique<FramedSource>(format, std::move(packed), place,
                                            MakeZstdDecoder(place));
    case Format::kBzip2:
      return std::make_unique<FramedSource>(format, std::move(packed), place,
                                            MakeBzip2Decoder(place));
    default:
      return std::make_unique<FramedSource>(format, std::move(packed), place, MakeXzDecoder(place));
  }
}

}  // namespace octo::codec
