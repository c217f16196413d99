#pragma once

#include <span>
#include <string>

namespace octo::ledger {

// One landed object of a delivery, for comparing contents.
struct ContentPart {
  std::string entry;   // name within the archive; empty for a lone file
  std::string sha256;  // of the landed bytes, lower-case hexadecimal
};

// What two deliveries have in common when they landed the same: lower-case hexadecimal SHA-256 over
// the text "octo-content-1\n" and, part by part in their order, "{bytes of
// entry}:{entry}:{sha256}\n". Stored in ledgers and manifests: it never changes.
std::string ContentHash(std::span<const ContentPart> parts);

}  // namespace octo::ledger
