#include <fmt/format.h>
#include <isa-l/crc.h>

#include <algorithm>

#include "codec/container.h"
#include "codec/decoder.h"
#include "codec/input.h"
#include "codec/little_endian.h"
#include "codec/names.h"
#include "codec/zip_directory.h"
#include "codec/zip_records.h"
#include "stream/sticky_source.h"

namespace octo::codec {
namespace {

enum ZipMethod : uint16_t {
  kStored = 0,
  kDeflated = 8,
  kBzip2 = 12,
  kZstd = 93,
  kXz = 95,
  kAes = 99
};

// Reads a zip front to back: entries by their local headers, which the central directory must
// confirm at the end.
class ZipReader final : public Container {
 public:
  ZipReader(std::unique_ptr<stream::Source> source, const Place& place)
      : input_(std::move(source), place.delivery().context()),
        place_(place),
        records_(input_, place_) {}

  std::optional<Member> Next() override;

 private:
  class Content;

  void CheckSupported(const ZipHeader& header, std::string_view path) const;
  void SkipContent();

  Input input_;
  const Place place_;
  ZipRecords records_;
  ZipDirectory directory_;
  std::unique_ptr<Content> content_;
  bool ended_ = false;
};

class ZipReader::Content final : public stream::StickySource {
 public:
  Content(ZipReader& zip, ZipHeader header, const std::string& shown);

 private:
  size_t Pull(std::span<std::byte> buffer) override;
  size_t Decode(std::span<std::byte> buffer);
  size_t Copy(std::span<std::byte> buffer);
  // Checks what was found against what is stated, and hands it to the directory.
  void Finish();
  void TakeDescriptor();
  bool FitsDescriptor(std::span<const std::byte> record, bool signed_record, bool wide) const;
  // An empty stored entry that only its descriptor tells to be empty.
  bool IsEmptyBeforeDescriptor() const;

  uint64_t packed() const { return zip_.input_.position() - begin_; }
  bool HasDescriptor() const { return (header_.flags & kZipHasDescriptor) != 0; }
  [[noreturn]] void ThrowCut() const;

  ZipReader& zip_;
  ZipHeader header_;
  const Place place_;
  std::unique_ptr<Decoder> decoder_;  // none: stored
  const uint64_t begin_;
  uint64_t produced_ = 0;
  uint32_t crc_ = 0;
  bool decoded_ = false;
};

ZipReader::Content::Content(ZipReader& zip, ZipHeader header, const std::string& shown)
    : zip_(zip),
      header_(std::move(header)),
      place_(zip.place_.delivery(), fmt::format("entry '{}' of {}", shown, zip.place_.what())),
      begin_(zip.input_.position()) {
  switch (header_.method) {
    case kDeflated:
      decoder_ = MakeDeflateDecoder(place_);
      break;
    case kBzip2:
      decoder_ = MakeBzip2Decoder(place_);
      break;
    case kZstd:
      decoder_ = MakeZstdDecoder(place_);
      break;
    case kXz:
      decoder_ = MakeXzDecoder(place_);
      break;
    case kStored:
      if (HasDescriptor() && header_.packed_bytes == 0 && !IsEmptyBeforeDescriptor()) {
        throw place_.Unsupported(
            "is stored without its length, so its end can't be told from its content",
            "Ask the vendor to compress it, or to write the zip with lengths.");
      }
      break;
    default:
      throw place_.Unsupported(
          fmt::format("is compressed by the method {}, which is not supported", header_.method),
          "Ask the vendor to use deflate.");
  }
}

bool ZipReader::Content::IsEmptyBeforeDescriptor() const {
  const auto next = zip_.input_.Peek(16);
  return next.size() >= 16 && LittleEndian<uint32_t>(next, 0) == kZipDescriptor &&
         LittleEndian<uint64_t>(next, 4) == 0 && LittleEndian<uint32_t>(next, 12) == 0;
}

size_t ZipReader::Content::Pull(std::span<std::byte> buffer) {
  const size_t bytes = decoder_ ? Decode(buffer) : Copy(buffer);
  if (bytes == 0) {
    Finish();
    return 0;
  }
  crc_ = crc32_gzip_refl(crc_, reinterpret_cast<const unsigned char*>(buffer.data()), bytes);
  produced_ += bytes;
  place_.delivery().CheckProduced(produced_);
  if (!HasDescriptor() && produced_ > header_.bytes) {
    throw place_.Corrupt(fmt::format("is longer than the {} bytes it states", header_.bytes));
  }
  return bytes;
}

size_t ZipReader::Content::Copy(std::span<std::byte> buffer) {
  const uint64_t left = header_.packed_bytes - packed();
  if (left == 0) return 0;
  const size_t bytes =
      zip_.input_.Read(buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), left))));
  if (bytes == 0) ThrowCut();
  return bytes;
}

size_t ZipReader::Content::Decode(std::span<std::byte> buffer) {
  while (!decoded_) {
    auto data = zip_.input_.Buffered();
    if (!HasDescriptor()) {
      data = data.first(
          static_cast<size_t>(std::min<uint64_t>(data.size(), header_.packed_bytes - packed())));
    }
    const Decoder::Step step = decoder_->Decode(data, buffer);
    zip_.input_.Advance(step.consumed);
    decoded_ = step.ended;
    // A compressor that works in pieces writes several frames.
    if (decoded_ && header_.method == kZstd && !HasDescriptor() &&
        packed() < header_.packed_bytes) {
      decoder_->Restart();
      decoded_ = false;
    }
    if (step.produced > 0) return step.produced;
    if (step.ended) continue;
    if (step.consumed > 0) continue;
    if (!data.empty() || (!HasDescriptor() && packed() == header_.packed_bytes)) {
      throw place_.Corrupt(
          fmt::format("is damaged: it can't be decoded from byte {} on", zip_.input_.position()));
    }
    if (!zip_.input_.Fill()) ThrowCut();
  }
  return 0;
}

void ZipReader::Content::ThrowCut() const {
  throw place_.Incomplete(
      fmt::format("is cut: the zip ends after {} bytes", zip_.input_.position()));
}

void ZipReader::Content::Finish() {
  if (!HasDescriptor()) {
    if (packed() != header_.packed_bytes || produced_ != header_.bytes) {
      throw place_.Corrupt(
          fmt::format("is {} bytes long, packed {}, and not {}, packed {}, as it states", produced_,
                      packed(), header_.bytes, header_.packed_bytes));
    }
    if (crc_ != header_.crc) {
      throw place_.Corrupt(
          fmt::format("is damaged: its checksum (CRC-32) before byte {} does not match",
                      zip_.input_.position()));
    }
  } else {
    header_.crc = crc_;
    header_.packed_bytes = packed();
    header_.bytes = produced_;
    TakeDescriptor();
  }
  zip_.directory_.Add(header_);
  place_.delivery().AddVoucher("zip crc32");
}

// A descriptor comes with or without a signature, with lengths of four or eight bytes, and nothing
// says which: what fits, and is followed by a record, is it.
void ZipReader::Content::TakeDescriptor() {
  constexpr size_t kMostBytes = 24;
  const auto record = zip_.input_.Peek(kMostBytes + 4);
  for (const bool signed_record : {true, false}) {
    for (const bool wide : {false, true}) {
      if (!FitsDescriptor(record, signed_record, wide)) continue;
      zip_.input_.Advance((signed_record ? 4 : 0) + (wide ? 20 : 12));
      return;
    }
  }
  if (record.size() < kMostBytes + 4) ThrowCut();
  throw place_.Corrupt(fmt::format("is damaged: its checksum or length at byte {} does not match",
                                   zip_.input_.position()));
}

bool ZipReader::Content::FitsDescriptor(std::span<const std::byte> record, bool signed_record,
                                        bool wide) const {
  const size_t at = signed_record ? 4 : 0;
  const size_t bytes = at + (wide ? 20 : 12);
  if (record.size() < bytes + 4) return false;
  if (signed_record && LittleEndian<uint32_t>(record, 0) != kZipDescriptor) return false;
  if (LittleEndian<uint32_t>(record, at) != header_.crc) return false;
  const uint64_t packed_bytes =
      wide ? LittleEndian<uint64_t>(record, at + 4) : LittleEndian<uint32_t>(record, at + 4);
  const uint64_t content_bytes =
      wide ? LittleEndian<uint64_t>(record, at + 12) : LittleEndian<uint32_t>(record, at + 8);
  if (packed_bytes != header_.packed_bytes || content_bytes != header_.bytes) return false;
  const auto next = LittleEndian<uint32_t>(record, bytes);
  return next == kZipLocalHeader || next == kZipCentralHeader || next == kZipArchiveExtra;
}

std::optional<Member> ZipReader::Next() {
  if (ended_) return std::nullopt;
  SkipContent();
  while (records_.NextSignature() == kZipLocalHeader) {
    place_.delivery().CountEntry();
    ZipHeader header = records_.TakeLocalHeader();
    const std::string path = ForwardSlashes(ToUtf8(header.name, Charset::kCodePage437));
    CheckSupported(header, path);
    const bool directory = path.ends_with('/');
    if (directory && header.bytes != 0) {
      throw place_.Corrupt(fmt::format("has a directory with content ('{}')", SafePath(path)));
    }
    const bool length_known = (header.flags & kZipHasDescriptor) == 0;
    const std::optional<uint64_t> bytes = length_known ? std::optional(header.bytes) : std::nullopt;
    content_ = std::make_unique<Content>(*this, std::move(header), SafePath(path));
    if (!directory) return Member{path, bytes, content_.get()};
    SkipContent();
  }
  if (records_.NextSignature() == kZipArchiveExtra) {
    throw place_.Unsupported("has an encrypted central directory",
                             "Ask the vendor to send it without a password.");
  }
  directory_.Verify(records_, input_, place_);
  place_.delivery().AddVoucher("zip central directory");
  ended_ = true;
  return std::nullopt;
}

void ZipReader::CheckSupported(const ZipHeader& header, std::string_view path) const {
  if ((header.flags & (kZipEncrypted | kZipStronglyEncrypted | kZipMaskedHeader)) != 0 ||
      header.method == kAes) {
    throw place_.Unsupported(
        fmt::format("is encrypted with a zip password (entry '{}')", SafePath(path)),
        "Zip passwords are not supported: ask the vendor to send it without one, or encrypted "
        "with OpenPGP.");
  }
  if ((header.flags & kZipPatch) != 0) throw place_.Unsupported("holds a patch and not a file", "");
}

void ZipReader::SkipContent() {
  if (!content_) return;
  std::byte scratch[4096];
  while (content_->Read(scratch) > 0) {
  }
  content_.reset();
}

}  // namespace

std::unique_ptr<Container> OpenZip(std::unique_ptr<stream::Source> source, const Place& place) {
  return std::make_unique<ZipReader>(std::move(source), place);
}

}  // namespace octo::codec
