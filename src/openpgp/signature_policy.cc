#include "openpgp/signature_policy.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

using Verdict = SignatureReport::Verdict;

Verdict Judge(RnpVerification::Verdict verdict, const SignatureClaim& claim, const KeyInfo& key,
              const std::string& state) {
  switch (verdict) {
    case RnpVerification::Verdict::kGood:  // when it was made; but a revoked key vouches for
                                           // nothing, whenever
      return state == "revoked" ? Verdict::kRevokedKey : Verdict::kGood;
    case RnpVerification::Verdict::kExpired:
      return Verdict::kExpiredKey;
    case RnpVerification::Verdict::kUnknownSigner:
      return Verdict::kUnknownSigner;
    case RnpVerification::Verdict::kBad:
      break;
  }
  // RNP also calls a signature bad when its key was revoked or had expired before.
  if (state == "revoked") return Verdict::kRevokedKey;
  if (key.expires && claim.made && *claim.made >= *key.expires) return Verdict::kExpiredKey;
  return Verdict::kBad;
}

std::string Normal(std::string_view fingerprint) {
  std::string normal;
  for (const char c : fingerprint) {
    if (std::isxdigit(static_cast<unsigned char>(c)) != 0) {
      normal.push_back(static_cast<char>(std::toupper(static_cast<unsigned char>(c))));
    }
  }
  return normal;
}

bool IsPinned(const SignatureReport& signature, const Policy& policy, const KeyRing& ring) {
  if (policy.signers.empty()) return true;
  const KeyInfo* const key = ring.Find(signature.fingerprint);
  return std::ranges::any_of(policy.signers, [&](const std::string& signer) {
    const std::string pinned = Normal(signer);
    return pinned == signature.fingerprint ||
           (key != nullptr && pinned == key->primary_fingerprint);
  });
}

std::string_view Problem(Verdict verdict) {
  switch (verdict) {
    case Verdict::kUnknownSigner:
      return "whose key is not held";
    case Verdict::kExpiredKey:
      return "whose key or signature has expired";
    case Verdict::kRevokedKey:
      return "whose key is revoked";
    case Verdict::kGood:
      return "which is not one of the pinned signers";
    case Verdict::kBad:
      break;
  }
  return "which does not verify";
}

}  // namespace

std::vector<SignatureReport> JudgeSignatures(const std::vector<SignatureClaim>& claims,
                                             const std::vector<RnpVerification::Verdict>& verdicts,
                                             const KeyRing& ring, WallTime now) {
  std::vector<SignatureReport> reports;
  for (size_t i = 0; i < claims.size(); ++i) {
    const SignatureClaim& claim = claims[i];
    const KeyInfo* const key =
        ring.Find(claim.fingerprint.empty() ? claim.key_id : claim.fingerprint);
    SignatureReport report{claim.key_id, {}, Verdict::kUnknownSigner, claim.made};
    if (key != nullptr) {
      report.fingerprint = key->fingerprint;
      report.verdict = Judge(i < verdicts.size() ? verdicts[i] : RnpVerification::Verdict::kBad,
                             claim, *key, ring.State(*key, now));
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

void RequireSignatures(const std::vector<SignatureReport>& signatures, const Policy& policy,
                       const KeyRing& ring) {
  if (policy.signature == SignaturePolicy::kIgnore) return;
  bool satisfied = false;
  std::vector<std::string> others;
  for (const SignatureReport& signature : signatures) {
    if (signature.verdict == Verdict::kBad) {
      throw Corrupt(
          fmt::format("the signature by key {} is bad: the content is not what was signed",
                      signature.key_id),
          "ask the sender for the file again");
    }
    if (signature.verdict == Verdict::kGood && IsPinned(signature, policy, ring)) {
      satisfied = true;
    } else {
      others.push_back(fmt::format("{}, {}", signature.key_id, Problem(signature.verdict)));
    }
  }
  if (satisfied || policy.signature != SignaturePolicy::kRequired) return;
  if (signatures.empty()) {
    throw Corrupt("the message is not signed, but a signature is required",
                  "ask the sender to sign, or set signature = \"optional\" for this provider");
  }
  throw Corrupt(fmt::format("no signature by an accepted signer; signed by key {}",
                            fmt::join(others, "; by key ")),
                "if this signer is genuine, add its public key to the keys and its fingerprint to "
                "the signers");
}

}  // namespace octo::openpgp
