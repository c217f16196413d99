#include "pipeline/verify.h"

#include <fmt/core.h>

#include "stream/taps.h"

namespace octo::pipeline {
namespace {

using Verdict = VerifiedObject::Verdict;

std::string HashOf(const Site& site, const std::string& key, const stream::Context& context) {
  stream::HashResult hash;
  stream::HashingSource source(site.store.Open(key, {}, context), hash);
  std::vector<std::byte> buffer(size_t{256} << 10);
  while (source.Read(buffer) > 0) {
  }
  return hash.sha256;
}

void Judge(const Site& site, const ledger::ObjectRecord& object, VerifiedObject& verified,
           const stream::Context& context) {
  const auto standing = site.store.Stat(object.key, context);
  if (!standing) {
    verified.verdict = Verdict::kMissing;
    verified.detail = "nothing stands there any more";
  } else if (standing->bytes != object.bytes) {
    verified.verdict = Verdict::kDifferent;
    verified.detail = fmt::format("{} bytes, landed with {}", standing->bytes, object.bytes);
  } else if (object.sha256.empty()) {
    verified.verdict = Verdict::kUnknown;
    verified.detail = "adopted: the size is right, its hash was never known";
  } else if (const std::string hash = HashOf(site, object.key, context); hash != object.sha256) {
    verified.verdict = Verdict::kDifferent;
    verified.detail = fmt::format("SHA-256 {}, landed with {}", hash, object.sha256);
  }
}

}  // namespace

std::string_view Name(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSame:
      return "same";
    case Verdict::kMissing:
      return "missing";
    case Verdict::kDifferent:
      return "different";
    case Verdict::kUnknown:
      break;
  }
  return "unknown";
}

int VerifyLanded(const Site& site, const std::vector<ledger::Delivery>& deliveries,
                 const std::function<void(const VerifiedObject&)>& visit,
                 const stream::Context& context) {
  int wrong = 0;
  for (const auto& delivery : deliveries) {
    for (const auto& object : site.ledger.Objects(delivery.id)) {
      context.ThrowIfStopped("verify");
      if (site.ledger.OwnerOfUrl(object.url) != delivery.id)
        continue;  // replaced by a later version
      VerifiedObject verified{.delivery = delivery.id, .name = delivery.path, .url = object.url};
      Judge(site, object, verified, context);
      if (verified.verdict == Verdict::kMissing || verified.verdict == Verdict::kDifferent) ++wrong;
      visit(verified);
    }
  }
  return wrong;
}

}  // namespace octo::pipeline
