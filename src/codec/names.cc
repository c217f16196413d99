#include "codec/names.h"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>

namespace octo::codec {
namespace {

// Unicode code points of the bytes 80-ff of code page 437 (the character set of zip names, APPNOTE
// appendix D).
constexpr std::array<char16_t, 128> kCodePage437 = {
    0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef,
    0x00ee, 0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9,
    0x00ff, 0x00d6, 0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa,
    0x00f1, 0x00d1, 0x00aa, 0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb,
    0x2591, 0x2592, 0x2593, 0x2502, 0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557,
    0x255d, 0x255c, 0x255b, 0x2510, 0x2514, 0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f,
    0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550, 0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559,
    0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c, 0x2588, 0x2584, 0x258c, 0x2590, 0x2580,
    0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4, 0x03a6, 0x0398, 0x03a9, 0x03b4,
    0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320, 0x2321, 0x00f7, 0x2248,
    0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0};

struct Character {
  char32_t code = 0;
  size_t bytes = 0;  // 0: not UTF-8
  bool cut = false;  // the text ends inside it
};

Character Decode(std::string_view text) {
  const auto byte = [&](size_t index) { return static_cast<unsigned char>(text[index]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {first, 1};
  const size_t bytes = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4) return {};
  char32_t code = first & (0x7fU >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    if (i == text.size()) return {0, 0, true};
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = (code << 6) | (byte(i) & 0x3fU);
  }
  constexpr std::array<char32_t, 5> kLeast = {0, 0, 0x80, 0x800, 0x10000};
  if (code < kLeast[bytes] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return {};
  return {code, bytes};
}

void Append(std::string& text, char32_t code) {
  if (code < 0x80) {
    text += static_cast<char>(code);
  } else if (code < 0x800) {
    text += static_cast<char>(0xc0 | (code >> 6));
    text += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    text += static_cast<char>(0xe0 | (code >> 12));
    text += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    text += static_cast<char>(0x80 | (code & 0x3f));
  }
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const Character character = Decode(text);
    if (character.bytes == 0) return false;
    text.remove_prefix(character.bytes);
  }
  return true;
}

bool IsHarmful(char32_t code) {
  const bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
  const bool turns_direction =
      (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return control || turns_direction || code == 0x2028 || code == 0x2029;
}

std::string WithoutHarmful(std::string_view part) {
  std::string safe;
  while (!part.empty()) {
    const Character character = Decode(part);
    const size_t bytes = std::max<size_t>(character.bytes, 1);
    if (character.bytes == 0 || IsHarmful(character.code)) {
      safe += '_';
    } else {
      safe += part.substr(0, bytes);
    }
    part.remove_prefix(bytes);
  }
  return safe;
}

bool IsDrive(std::string_view path) {
  return path.size() >= 2 && path[1] == ':' &&
         ((path[0] >= 'a' && path[0] <= 'z') || (path[0] >= 'A' && path[0] <= 'Z'));
}

bool EndsWithIgnoringCase(std::string_view name, std::string_view end) {
  return name.size() > end.size() &&
         std::equal(end.rbegin(), end.rend(), name.rbegin(),
                    [](char a, char b) { return a == (b >= 'A' && b <= 'Z' ? b - 'A' + 'a' : b); });
}

}  // namespace

bool IsText(std::string_view bytes) {
  if (HasBinaryBytes(bytes)) return false;
  while (!bytes.empty()) {
    const Character character = Decode(bytes);
    if (character.cut) return true;
    if (character.bytes == 0) return false;
    bytes.remove_prefix(character.bytes);
  }
  return true;
}

bool HasBinaryBytes(std::string_view bytes) {
  return std::any_of(bytes.begin(), bytes.end(), [](char c) {
    constexpr char kSub = 0x1a;  // the end of old DOS files
    constexpr char kEsc = 0x1b;
    return c >= 0 && c < 0x20 && (c < '\t' || c > '\r') && c != kSub && c != kEsc;
  });
}

std::string ToUtf8(std::string_view raw, Charset charset) {
  if (IsUtf8(raw)) return std::string(raw);
  std::string text;
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    Append(text, byte < 0x80 || charset == Charset::kLatin1 ? byte : kCodePage437[byte - 0x80U]);
  }
  return text;
}

std::string SafePath(std::string_view path) {
  while (IsDrive(path)) path.remove_prefix(2);
  std::string safe;
  while (!path.empty()) {
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(std::min(path.size(), part.size() + 1));
    if (part.empty() || part == "." || part == "..") continue;
    if (safe.empty() && IsDrive(part) && part.size() == 2) continue;
    if (!safe.empty()) safe += '/';
    safe += WithoutHarmful(part);
  }
  return safe;
}

std::string ForwardSlashes(std::string path) {
  std::replace(path.begin(), path.end(), '\\', '/');
  return path;
}

std::string WithoutCompressionExtension(std::string name) {
  for (const std::string_view end :
       {".gz", ".gzip", ".zz", ".zlib", ".zst", ".zstd", ".bz2", ".bzip2", ".xz", ".z"}) {
    if (EndsWithIgnoringCase(name, end)) return name.substr(0, name.size() - end.size());
  }
  for (const std::string_view end : {".tgz", ".taz", ".tzst", ".tbz", ".tbz2", ".txz"}) {
    if (EndsWithIgnoringCase(name, end)) return name.substr(0, name.size() - end.size()) + ".tar";
  }
  return name;
}

std::string WithoutContainerExtension(std::string name) {
  for (const std::string_view end : {".zip", ".tar"}) {
    if (EndsWithIgnoringCase(name, end)) return name.substr(0, name.size() - end.size());
  }
  return name;
}

std::string UsedNames::Unique(const std::string& name) {
  uint32_t& count = count_[std::hash<std::string>()(name)];
  if (++count == 1) return name;
  const size_t last_part = name.rfind('/') == std::string::npos ? 0 : name.rfind('/') + 1;
  const size_t dot = name.rfind('.');
  const size_t extension = dot == std::string::npos || dot <= last_part ? name.size() : dot;
  while (true) {
    std::string other =
        name.substr(0, extension) + '.' + std::to_string(count) + name.substr(extension);
    if (count_.try_emplace(std::hash<std::string>()(other), 1).second) return other;
    ++count;
  }
}

}  // namespace octo::codec
