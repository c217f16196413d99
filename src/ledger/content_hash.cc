#include "ledger/content_hash.h"

#include <fmt/core.h>

#include "crypto/digest.h"

namespace octo::ledger {

std::string ContentHash(std::span<const ContentPart> parts) {
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  digest.Update("octo-content-1\n");
  for (const ContentPart& part : parts) {
    digest.Update(fmt::format("{}:{}:{}\n", part.entry.size(), part.entry, part.sha256));
  }
  return digest.FinishHex();
}

}  // namespace octo::ledger
