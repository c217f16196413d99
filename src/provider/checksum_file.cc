#include "provider/checksum_file.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "base/error.h"

namespace octo::provider {
namespace {

[[noreturn]] void Refuse(std::string message) {
  throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "verify", std::move(message),
              "look at the checksum file; ask the vendor to send it again");
}

bool IsHex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool IsBlank(char c) { return c == ' ' || c == '\t'; }

std::string_view Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) text.remove_prefix(1);
  while (!text.empty() && IsBlank(text.back())) text.remove_suffix(1);
  return text;
}

// The kind and the lower-case digits of a text that is exactly one checksum.
std::optional<ChecksumLine> ParseHex(std::string_view text) {
  if ((text.size() != 64 && text.size() != 32) || !std::ranges::all_of(text, IsHex))
    return std::nullopt;
  ChecksumLine line{
      text.size() == 64 ? CompanionKind::kSha256 : CompanionKind::kMd5, std::string(text), {}};
  for (char& c : line.hex) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return line;
}

// GNU coreutils writes a name with a newline, carriage return or backslash escaped, and a '\'
// before the line.
std::string Unescaped(std::string_view name) {
  std::string plain;
  for (size_t i = 0; i < name.size(); ++i) {
    if (name[i] != '\\' || i + 1 == name.size()) {
      plain += name[i];
      continue;
    }
    ++i;
    plain += name[i] == 'n' ? '\n' : name[i] == 'r' ? '\r' : name[i];
  }
  return plain;
}

// "SHA256 (name) = hex"
std::optional<ChecksumLine> ParseBsd(std::string_view text) {
  for (const auto& [tag, kind] :
       {std::pair<std::string_view, CompanionKind>{"SHA256 (", CompanionKind::kSha256},
        {"MD5 (", CompanionKind::kMd5}}) {
    const size_t equals = text.rfind(") = ");
    if (!text.starts_with(tag) || equals == text.npos || equals < tag.size()) continue;
    auto line = ParseHex(Trimmed(text.substr(equals + 4)));
    if (!line || line->kind != kind) return std::nullopt;
    line->name = text.substr(tag.size(), equals - tag.size());
    return line;
  }
  return std::nullopt;
}

// "hex  name", "hex *name", "hex"
std::optional<ChecksumLine> ParseGnu(std::string_view text) {
  const auto end = static_cast<size_t>(std::ranges::find_if_not(text, IsHex) - text.begin());
  auto line = ParseHex(text.substr(0, end));
  if (!line) return std::nullopt;
  std::string_view name = text.substr(end);
  if (Trimmed(name).empty()) return line;
  if (!IsBlank(name.front())) return std::nullopt;
  name.remove_prefix(1);
  if (name.front() == ' ' || name.front() == '*') name.remove_prefix(1);
  line->name = name;
  return line;
}

std::optional<ChecksumLine> ParseLine(std::string_view text) {
  const bool escaped = text.starts_with('\\');
  if (escaped) text.remove_prefix(1);
  auto line = ParseBsd(text);
  if (!line) line = ParseGnu(text);
  if (line && escaped) line->name = Unescaped(line->name);
  return line;
}

std::string_view LastComponent(std::string_view path) {
  const size_t slash = path.find_last_of("/\\");
  return slash == path.npos ? path : path.substr(slash + 1);
}

}  // namespace

std::vector<ChecksumLine> ParseChecksumFile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::vector<ChecksumLine> lines;
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (Trimmed(line).empty() || line.starts_with('#')) continue;
    auto parsed = ParseLine(line);
    if (!parsed)
      Refuse(fmt::format("Line {} of the checksum file is no MD5 or SHA-256 checksum.", number));
    lines.push_back(std::move(*parsed));
  }
  if (lines.empty()) Refuse("The checksum file is empty.");
  return lines;
}

std::string ChecksumFor(std::string_view text, std::string_view data_name, CompanionKind kind) {
  std::string hex;
  const std::vector<ChecksumLine> lines = ParseChecksumFile(text);
  for (const ChecksumLine& line : lines) {
    const bool ours = line.name.empty()
                          ? lines.size() == 1
                          : line.name == data_name || LastComponent(line.name) == data_name;
    if (!ours || line.kind != kind) continue;
    if (!hex.empty() && hex != line.hex)
      Refuse(fmt::format("The checksum file gives two checksums for {}.", data_name));
    hex = line.hex;
  }
  if (hex.empty()) Refuse(fmt::format("The checksum file gives no checksum for {}.", data_name));
  return hex;
}

}  // namespace octo::provider
