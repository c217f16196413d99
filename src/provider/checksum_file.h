#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "provider/companion.h"

namespace octo::provider {

struct ChecksumLine {
  CompanionKind kind = CompanionKind::kSha256;  // kSha256 or kMd5
  std::string hex;                              // lower case, 64 or 32 digits
  std::string name;  // as written, may be a path; empty for a bare checksum
};

// The lines of a checksum file: "<hex>  <name>", "<hex> *<name>", "<hex>", "SHA256 (<name>) =
// <hex>", "MD5 (…) = …", with GNU's escapes (a line that begins with '\'), LF or CRLF, an optional
// byte order mark; blank lines and lines that begin with '#' are skipped. Throws kCorrupt (delivery
// scope) for any other line and for a file without a checksum.
std::vector<ChecksumLine> ParseChecksumFile(std::string_view text);

// The checksum of kind `kind` that the file gives for `data_name`: the line whose name's last
// component it is, or the only line when it is bare. Throws kCorrupt when there is none, or several
// that differ.
std::string ChecksumFor(std::string_view text, std::string_view data_name, CompanionKind kind);

}  // namespace octo::provider
