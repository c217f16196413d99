#include "config/host_key.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <vector>

#include "config/words.h"
#include "crypto/digest.h"

namespace octo::config {
namespace {

constexpr std::array<std::string_view, 6> kTypes = {
    "ssh-ed25519", "ecdsa-sha2-nistp256",       "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
    "ssh-rsa",     "sk-ssh-ed25519@openssh.com"};

bool IsType(std::string_view word) { return std::ranges::find(kTypes, word) != kTypes.end(); }

// RFC 4253, 6.6: the key's blob is a sequence of strings, each with its length in four bytes before
// it; the first is the type. Empty when the blob is not that, to its last byte.
std::vector<std::string> Fields(std::span<const std::byte> blob) {
  std::vector<std::string> fields;
  while (!blob.empty()) {
    if (blob.size() < 4) return {};
    size_t length = 0;
    for (size_t i = 0; i < 4; ++i) length = length << 8 | std::to_integer<size_t>(blob[i]);
    blob = blob.subspan(4);
    if (blob.size() < length) return {};
    std::string& field = fields.emplace_back();
    for (const std::byte byte : blob.first(length)) field += static_cast<char>(byte);
    blob = blob.subspan(length);
  }
  return fields;
}

}  // namespace

std::string HostKeyProblem(std::string_view line) {
  const std::vector<std::string> words = SplitWords(line);
  if (words.size() < 2) return "is no host key: it must be a type and a key in Base64";
  if (!IsType(words[0])) {
    if (IsType(words[1])) return "begins with a host's name; only the key is wanted";
    return fmt::format("is of no type that is known ({})", fmt::join(kTypes, ", "));
  }
  const crypto::Bytes blob = crypto::FromBase64(words[1]);
  if (blob.empty()) return "is cut off or damaged: the key is no Base64";
  const std::vector<std::string> fields = Fields(blob);
  if (fields.size() < 2) return "is cut off or damaged";
  if (fields[0] != words[0]) return "is not of the type that stands before it";
  return {};
}

}  // namespace octo::config
