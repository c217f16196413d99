#include "openpgp/detached_source.h"

#include <algorithm>
#include <utility>

#include "openpgp/armor.h"
#include "openpgp/failure.h"
#include "openpgp/packet_reader.h"
#include "openpgp/signature_policy.h"
#include "stream/memory_source.h"

namespace octo::openpgp {
namespace {

constexpr size_t kMostSignatureBytes = 1 << 20;
constexpr size_t kMostSignatures = 64;

Error SignatureEndsEarly() { return Incomplete("the detached signature ends too early"); }

std::string WithoutArmor(std::string signature) {
  if (!LooksArmored(signature)) return signature;
  ArmorSource armor(std::make_unique<stream::MemorySource>(std::move(signature)), "PGP SIGNATURE");
  return stream::ReadAll(armor, kMostSignatureBytes);
}

std::vector<SignatureClaim> ReadClaims(const std::string& signature) {
  stream::MemorySource bytes(signature);
  PacketReader packets(bytes, SignatureEndsEarly);
  std::vector<SignatureClaim> claims;
  while (const auto tag = packets.Next()) {
    if (*tag != Tag::kSignature || claims.size() == kMostSignatures) {
      throw Corrupt("the detached signature holds something else than signatures");
    }
    claims.push_back(ParseSignature(packets.ReadWholeBody(kMostSignatureBytes)));
  }
  if (claims.empty()) throw Incomplete("the detached signature is empty");
  return claims;
}

}  // namespace

DetachedSource::DetachedSource(std::shared_ptr<DecryptionSetting> setting,
                               std::unique_ptr<stream::Source> data, std::string signature,
                               Policy policy, MessageReport& report, stream::Context context)
    : setting_(std::move(setting)),
      data_(std::move(data)),
      signature_(std::move(signature)),
      policy_(std::move(policy)),
      report_(report),
      context_(std::move(context)) {}

void DetachedSource::Start() {
  started_ = true;
  if (policy_.signature == SignaturePolicy::kIgnore) return;
  signature_ = WithoutArmor(std::move(signature_));
  claims_ = ReadClaims(signature_);
  const KeyRing& ring = setting_->ring;
  if (std::ranges::any_of(
          claims_, [&ring](const auto& claim) { return ring.Find(claim.key_id) != nullptr; })) {
    rnp_ = std::make_unique<RnpVerification>(setting_->verifiers, signature_, context_.stop);
  }
}

void DetachedSource::Finish() {
  std::vector<RnpVerification::Verdict> verdicts;
  if (rnp_) verdicts = rnp_->Finish();
  report_.signatures = JudgeSignatures(claims_, verdicts, setting_->ring, setting_->now());
  RequireSignatures(report_.signatures, policy_, setting_->ring);
}

size_t DetachedSource::Pull(std::span<std::byte> buffer) {
  context_.ThrowIfStopped("verify");
  if (!started_) Start();
  const size_t count = data_->Read(buffer);
  report_.ciphertext_bytes += count;
  report_.plaintext_bytes += count;
  if (count == 0) {
    Finish();
  } else if (rnp_) {
    rnp_->Write(buffer.first(count));
  }
  return count;
}

}  // namespace octo::openpgp
