#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "calendar.h"
#include "gpg_home.h"

namespace octo::sample {

// The ways in which a delivery goes wrong.
enum class BadKind {
  kTruncated,        // an encrypted file whose tail is missing
  kTampered,         // one byte in the middle changed
  kWrongKey,         // encrypted to somebody else
  kUnsigned,         // fine, but nobody signed it
  kWrongSigner,      // signed by somebody else
  kNoIntegrity,      // OpenPGP without integrity packet
  kTrailingGarbage,  // bytes after the end of the message
  kGzipGarbage,      // bytes after the end of the gzip inside a right message
  kGzipCut,          // a right message around a gzip that lacks its tail
  kGzipBomb,         // gzip in gzip, kilobytes that unpack to gigabytes
  kZipBomb,          // zips in zips in zips
  kHalfWritten,      // OUT.part, and OUT cut, as if the vendor were still writing both
  kWrongChecksum,    // OUT is right, OUT.sha256 is another file's
  kShortReply        // a right wrapping of a Bloomberg reply that ends within its data
};

// What the delivery would have been.
enum class BadContent { kTape, kReply };

std::string_view Name(BadKind kind);  // "truncated", "wrong-key", ...
std::optional<BadKind> BadKindFromName(std::string_view name);
std::span<const BadKind> AllBadKinds();
// What belongs behind the stem of its name: ".csv.gz.gpg", ".zip.gpg", ...
std::string_view Extension(BadKind kind, BadContent content);

struct BadOptions {
  uint64_t seed = 1;
  Date date = {};
  BadContent content = BadContent::kTape;
  uint64_t bomb_bytes = uint64_t{8} << 30;
  std::string recipient = "receiver-rsa";
  std::string signer = "vendor";
};

// Makes it at `path`, from a small tape or reply of `date`. A short reply needs BadContent::kReply.
void WriteBad(const GpgHome& home, BadKind kind, const BadOptions& options,
              const std::filesystem::path& path);

}  // namespace octo::sample
