#include "storage/object_key.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace octo::storage {
namespace {

// Why the key can't be used; empty when it can.
std::string_view Fault(const std::string& key) {
  if (key.empty()) return "it is empty";
  if (key.size() > kLongestKeyBytes) return "it is longer than 1024 bytes";
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  if (std::any_of(key.begin(), key.end(), is_control)) return "it holds control characters";
  for (const auto& part : KeyParts(key)) {
    if (part.empty()) return "it holds an empty part";
    if (part == "." || part == "..") return "it holds the part \".\" or \"..\"";
  }
  return {};
}

}  // namespace

void CheckKey(const std::string& key) {
  const auto fault = Fault(key);
  if (fault.empty()) return;
  throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, "upload",
              fmt::format("\"{}\" can't be the key of an object: {}", key, fault),
              "change the layout or the naming of the provider so that the key has plain parts");
}

std::vector<std::string> KeyParts(std::string_view key) {
  std::vector<std::string> parts;
  while (true) {
    const size_t slash = key.find('/');
    parts.emplace_back(key.substr(0, slash));
    if (slash == std::string_view::npos) return parts;
    key.remove_prefix(slash + 1);
  }
}

}  // namespace octo::storage
