#include "codec/tar_header.h"

#include <algorithm>

namespace octo::codec {
namespace {

struct Field {
  size_t offset;
  size_t bytes;
};
constexpr Field kName{0, 100};
constexpr Field kMode{100, 8};
constexpr Field kSize{124, 12};
constexpr Field kChecksum{148, 8};
constexpr size_t kType = 156;
constexpr Field kMagic{257, 5};
constexpr Field kVersion{263, 2};
constexpr Field kPrefix{345, 155};

std::string_view Bytes(std::span<const std::byte> block, Field field) {
  return {reinterpret_cast<const char*>(block.data()) + field.offset, field.bytes};
}

std::string_view UpToNul(std::string_view text) { return text.substr(0, text.find('\0')); }

std::optional<uint64_t> Octal(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  uint64_t number = 0;
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '7'; ++digits) {
    number = number * 8 + static_cast<uint64_t>(text[digits] - '0');
  }
  if (text.find_first_not_of(std::string_view(" \0", 2), digits) != std::string_view::npos)
    return std::nullopt;
  return number;
}

// Octal, or big-endian behind a set top bit (GNU, for sizes from 8 GiB on).
std::optional<uint64_t> Number(std::string_view text) {
  const auto first = static_cast<unsigned char>(text[0]);
  if ((first & 0x80) == 0) return Octal(text);
  uint64_t number = first & 0x7f;
  for (const char c : text.substr(1)) {
    if (number >> 55 != 0) return std::nullopt;
    number = number << 8 | static_cast<unsigned char>(c);
  }
  return number;
}

bool ChecksumFits(std::span<const std::byte> block) {
  const auto stated = Octal(Bytes(block, kChecksum));
  uint64_t sum = 0;
  int64_t signed_sum = 0;  // of some old writers
  for (size_t i = 0; i < kTarBlockBytes; ++i) {
    const bool own = i >= kChecksum.offset && i < kChecksum.offset + kChecksum.bytes;
    const auto byte =
        own ? static_cast<unsigned char>(' ') : std::to_integer<unsigned char>(block[i]);
    sum += byte;
    signed_sum += static_cast<signed char>(byte);
  }
  return stated && (*stated == sum || static_cast<int64_t>(*stated) == signed_sum);
}

bool IsZero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(),
                     [](std::byte byte) { return byte == std::byte{0}; });
}

}  // namespace

std::optional<TarHeader> ParseTarHeader(std::span<const std::byte> block) {
  if (!ChecksumFits(block)) return std::nullopt;
  const auto bytes = Number(Bytes(block, kSize));
  if (!bytes) return std::nullopt;
  TarHeader header;
  header.bytes = *bytes;
  header.type = Bytes(block, {kType, 1})[0];
  header.name = UpToNul(Bytes(block, kName));
  // GNU's variant ("ustar  ") uses the place of the prefix for other things.
  const bool posix = Bytes(block, kMagic) == "ustar" && Bytes(block, kVersion) == "00";
  const std::string_view prefix = posix ? UpToNul(Bytes(block, kPrefix)) : std::string_view();
  if (!prefix.empty()) header.name = std::string(prefix) + '/' + header.name;
  return header;
}

bool IsZeroBlock(std::span<const std::byte> block) { return IsZero(block); }

bool LooksLikeTar(std::span<const std::byte> head) {
  if (head.size() >= kTarBlockBytes) {
    const bool marked = Bytes(head, kMagic) == "ustar";
    // Without a mark, all that the old form has must be right.
    const bool old = IsZero(head.subspan(kMagic.offset, kMagic.bytes)) && head[0] != std::byte{0} &&
                     Octal(Bytes(head, kMode)) && Octal(Bytes(head, kSize));
    return (marked || old) && ChecksumFits(head);
  }
  if (head.size() >= kMagic.offset + kMagic.bytes) return Bytes(head, kMagic) == "ustar";
  if (head.size() < kMode.offset + kMode.bytes) return false;
  const std::string_view name = Bytes(head, kName);
  const size_t named = UpToNul(name).size();
  const std::string_view mode = Bytes(head, kMode);
  return named > 0 && name.find_first_not_of('\0', named) == std::string_view::npos &&
         mode[0] != '\0' && Octal(mode);
}

}  // namespace octo::codec
