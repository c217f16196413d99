#include "codec/detect.h"

#include <algorithm>
#include <array>
#include <string>

#include "codec/little_endian.h"
#include "codec/names.h"
#include "codec/tar_header.h"
#include "codec/zlib_trial.h"

namespace octo::codec {
namespace {

using Head = std::span<const std::byte>;
using namespace std::string_view_literals;

constexpr size_t kZlibTrialBytes = size_t{64} << 10;

std::string_view Text(Head head) {
  return {reinterpret_cast<const char*>(head.data()), head.size()};
}

// Whether `head` begins with `mark`, or ends inside it after at least one byte that is not text.
bool Marked(std::string_view head, std::string_view mark) {
  if (head.size() >= mark.size()) return head.starts_with(mark);
  return mark.starts_with(head) && !IsText(head);
}

// "BZh", the block size, and the mark of a block or of the end, all of them printable.
bool IsBzip2(std::string_view head) {
  if (head.size() < 4 || !head.starts_with("BZh") || head[3] < '1' || head[3] > '9') return false;
  const std::string_view mark = head.substr(4, 6);
  return "1AY&SY"sv.starts_with(mark) || "\x17\x72\x45\x38\x50\x90"sv.starts_with(mark);
}

bool IsSkippableZstdFrame(std::string_view head) {
  return !head.empty() && (static_cast<unsigned char>(head[0]) & 0xf0) == 0x50 &&
         Marked(head.substr(1), "\x2a\x4d\x18"sv) && head.size() >= 4;
}

// Office documents, e-books and the like are files of their own, though zips by their bytes.
bool IsDocument(std::string_view head) {
  constexpr std::array kFirstEntries = {
      "[Content_Types].xml"sv, "_rels/"sv, "docProps/"sv, "word/"sv, "xl/"sv, "mimetype"sv};
  const std::string_view name = head.substr(std::min<size_t>(head.size(), 30));
  return std::any_of(kFirstEntries.begin(), kFirstEntries.end(),
                     [&](auto first) { return name.starts_with(first); });
}

bool IsZlib(stream::PeekSource& source, Head front) {
  if (front.size() < 2) return false;
  const auto cmf = std::to_integer<unsigned>(front[0]);
  const auto flags = std::to_integer<unsigned>(front[1]);
  constexpr unsigned kPresetDictionary = 0x20;
  if ((cmf & 0x0f) != 8 || cmf > 0x78 || (cmf * 256 + flags) % 31 != 0 ||
      (flags & kPresetDictionary) != 0)
    return false;
  const Head head = source.Peek(kZlibTrialBytes);
  if (IsText(Text(head))) return false;
  const bool unlike_text = cmf == 0x78 && (flags == 0x01 || flags == 0x9c || flags == 0xda);
  return (unlike_text && HasBinaryBytes(Text(head.subspan(2)))) || ZlibInflates(head);
}

}  // namespace

std::string_view Name(Format format) {
  switch (format) {
    case Format::kPlain:
      return "plain";
    case Format::kGzip:
      return "gzip";
    case Format::kZlib:
      return "zlib";
    case Format::kZstd:
      return "zstd";
    case Format::kBzip2:
      return "bzip2";
    case Format::kXz:
      return "xz";
    case Format::kZip:
    case Format::kSplitZip:
      return "zip";
    case Format::kTar:
      return "tar";
    case Format::kUuencode:
      return "uuencode";
  }
  return "plain";
}

Format Detect(stream::PeekSource& source) {
  const Head front = source.Peek(kTarBlockBytes);
  const std::string_view head = Text(front);
  if (head.empty()) return Format::kPlain;
  if (Marked(head, "\x1f\x8b"sv)) return Format::kGzip;
  if (Marked(head, "\x28\xb5\x2f\xfd"sv) || IsSkippableZstdFrame(head)) return Format::kZstd;
  if (IsBzip2(head)) return Format::kBzip2;
  if (Marked(head, "\xfd\x37\x7a\x58\x5a\x00"sv)) return Format::kXz;
  if (Marked(head, "PK\x03\x04"sv)) return IsDocument(head) ? Format::kPlain : Format::kZip;
  // An empty zip consists of its end records alone.
  if (Marked(head, "PK\x05\x06"sv) || Marked(head, "PK\x06\x06"sv)) return Format::kZip;
  if (Marked(head, "PK\x07\x08"sv)) return Format::kSplitZip;
  if (head.starts_with("begin 600 ")) return Format::kUuencode;
  if (LooksLikeTar(front)) return Format::kTar;
  if (IsZlib(source, front)) return Format::kZlib;
  return Format::kPlain;
}

}  // namespace octo::codec
