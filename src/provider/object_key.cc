#include "provider/object_key.h"

#include <fmt/core.h>

#include "crypto/digest.h"
#include "provider/extension.h"
#include "provider/utf8.h"

namespace octo::provider {
namespace {

constexpr size_t kHashDigits = 32;

bool IsUpperHex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); }

// Characters that XML can't carry or that a terminal would obey.
bool IsForbidden(const Utf8Character& character) {
  const uint32_t code = character.code_point;
  return !character.valid || code < 0x20 || (code >= 0x7F && code <= 0x9F) || code == 0xFFFE ||
         code == 0xFFFF;
}

bool LooksLikeEscape(std::string_view text) {
  if (text.size() >= 2 && text[1] == '~') return true;
  return text.size() >= 3 && IsUpperHex(text[1]) && IsUpperHex(text[2]);
}

void AppendEscaped(std::string& out, std::string_view bytes) {
  for (const char c : bytes) out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
}

// The longest beginning of at most `bytes` bytes that splits neither a character nor an escape.
std::string_view Beginning(std::string_view part, size_t bytes) {
  size_t end = 0;
  while (end < part.size()) {
    const std::string_view rest = part.substr(end);
    const size_t step = rest[0] == '%' && LooksLikeEscape(rest) ? 3 : FirstCharacter(rest).bytes;
    if (end + step > bytes) break;
    end += step;
  }
  return part.substr(0, end);
}

std::string PartProblem(std::string_view part) {
  if (part.empty()) return "has an empty part";
  if (part == "." || part == "..") return fmt::format("has a part \"{}\"", part);
  if (part.size() > kKeyPartBytes)
    return fmt::format("has a part of more than {} bytes", kKeyPartBytes);
  return {};
}

}  // namespace

std::string EscapeKeyPart(std::string_view name) {
  std::string part;
  if (name == "." || name == "..") {
    AppendEscaped(part, name);
    return part;
  }
  while (!name.empty()) {
    const Utf8Character character = FirstCharacter(name);
    const std::string_view bytes = name.substr(0, character.bytes);
    const bool escape =
        IsForbidden(character) || name[0] == '/' || (name[0] == '%' && LooksLikeEscape(name));
    if (escape) {
      AppendEscaped(part, bytes);
    } else {
      part += bytes;
    }
    name.remove_prefix(character.bytes);
  }
  return part;
}

std::string ShortenKeyPart(std::string_view part) {
  if (part.size() <= kKeyPartBytes) return std::string(part);
  const std::string_view extension = Extension(part);
  const std::string hash = crypto::Sha256Hex(part).substr(0, kHashDigits);
  const size_t room = kKeyPartBytes - 2 - kHashDigits - extension.size();
  return fmt::format("{}%~{}{}", Beginning(part, room), hash, extension);
}

std::string KeyProblem(std::string_view key) {
  if (key.empty()) return "is empty";
  if (key.size() > kKeyBytes) return fmt::format("has more than {} bytes", kKeyBytes);
  for (std::string_view rest = key; !rest.empty();) {
    const Utf8Character character = FirstCharacter(rest);
    if (IsForbidden(character)) return "holds a control character or bytes that are not UTF-8";
    rest.remove_prefix(character.bytes);
  }
  size_t begin = 0;
  while (true) {
    const size_t end = key.find('/', begin);
    std::string problem = PartProblem(key.substr(begin, end == key.npos ? key.npos : end - begin));
    if (!problem.empty() || end == key.npos) return problem;
    begin = end + 1;
  }
}

}  // namespace octo::provider
