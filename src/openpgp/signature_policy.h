#pragma once

#include <vector>

#include "openpgp/decryptor.h"
#include "openpgp/key_ring.h"
#include "openpgp/rnp_verification.h"
#include "openpgp/signature_packets.h"

namespace octo::openpgp {

// What the signatures of a message are worth: their claims, with RNP's verdicts in the same order
// (a missing one counts as bad), seen with the keys that are held.
std::vector<SignatureReport> JudgeSignatures(const std::vector<SignatureClaim>& claims,
                                             const std::vector<RnpVerification::Verdict>& verdicts,
                                             const KeyRing& ring, WallTime now);

// Throws kCorrupt when the signatures do not satisfy the policy.
void RequireSignatures(const std::vector<SignatureReport>& signatures, const Policy& policy,
                       const KeyRing& ring);

}  // namespace octo::openpgp
