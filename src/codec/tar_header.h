#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace octo::codec {

inline constexpr size_t kTarBlockBytes = 512;

// One header block of a tar (POSIX.1-2008 pax, ustar interchange format; GNU's variant; the old
// form without a mark).
struct TarHeader {
  std::string name;  // prefix and name, as they are
  uint64_t bytes = 0;
  char type = '0';
};

// nullopt when the checksum or a number is wrong. `block` has kTarBlockBytes.
std::optional<TarHeader> ParseTarHeader(std::span<const std::byte> block);

bool IsZeroBlock(std::span<const std::byte> block);

// Whether `head`, the first up to kTarBlockBytes bytes of a source, is a tar's first header; for a
// shorter source, whether it is one that was cut (not noticed below 108 bytes).
bool LooksLikeTar(std::span<const std::byte> head);

}  // namespace octo::codec
