#include "config/file_reference.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>

#include "base/error.h"

namespace octo::config {

std::string ResolvePath(std::string_view path, const ReadContext& context) {
  std::filesystem::path resolved(path);
  if (path.starts_with("~/")) {
    const auto home = context.environment("HOME");
    if (home) resolved = std::filesystem::path(*home) / path.substr(2);
  }
  if (resolved.is_relative() && !context.folder.empty()) resolved = context.folder / resolved;
  return resolved.lexically_normal().string();
}

bool CheckFile(const std::string& path, const ReadContext& context, Problems& problems) {
  struct stat status = {};
  const bool there = ::stat(path.c_str(), &status) == 0;
  const bool is_file = there && S_ISREG(status.st_mode);
  if (is_file && ::access(path.c_str(), R_OK) == 0) return true;
  const std::string why = there && !is_file ? "it is no file" : ErrnoText(errno);
  const std::string hint = context.from_file
                               ? "relative paths are relative to the configuration file"
                               : "relative paths are relative to the working folder";
  problems.push_back(
      {Severity::kError, fmt::format("the file {} can't be read: {}", path, why), hint});
  return false;
}

void CheckMode(const std::string& path, bool strict, Problems& problems) {
  struct stat status = {};
  const mode_t forbidden = strict ? S_IRWXG | S_IRWXO : S_IRWXO;
  if (::stat(path.c_str(), &status) != 0 || (status.st_mode & forbidden) == 0) return;
  problems.push_back(
      {Severity::kWarning,
       fmt::format(
           "the file {} holds a secret, and others than its owner have access to it (mode {:04o})",
           path, status.st_mode & 07777u),
       fmt::format("chmod 600 '{}'", path)});
}

bool HoldsOpenPgpSecretKey(const std::string& path) {
  std::array<char, 64> first = {};
  std::ifstream file(path, std::ios::binary);
  file.read(first.data(), first.size());
  const std::string_view text(first.data(), static_cast<size_t>(file.gcount()));
  if (text.starts_with("-----BEGIN PGP PRIVATE KEY BLOCK")) return true;
  if (text.empty() || (text[0] & 0x80) == 0) return false;
  // RFC 4880, 4.2: the packet's tag in the new format, and in the old one; 5 is a secret key.
  const auto byte = static_cast<unsigned char>(text[0]);
  const int tag = (byte & 0x40) != 0 ? byte & 0x3F : (byte & 0x3F) >> 2;
  return tag == 5;
}

}  // namespace octo::config
