#include "openpgp/signature_check.h"

#include <algorithm>
#include <utility>

#include "openpgp/packet_reader.h"
#include "openpgp/rnp_verification.h"
#include "openpgp/session_packets.h"
#include "openpgp/signature_policy.h"

namespace octo::openpgp {
namespace {

constexpr size_t kMostSignatures = 64;
constexpr size_t kPartBits = 15;
constexpr size_t kPartBytes = size_t{1} << kPartBits;
constexpr size_t kOnePassBytes = 13;

std::string OnePassKeyId(const crypto::Bytes& body) {
  return UpperHex(std::span(body).subspan(4, 8));
}

}  // namespace

SignatureCheck::SignatureCheck(VerifierPool& pool, const KeyRing& ring, bool verify, WallTime now,
                               std::stop_token stop)
    : pool_(pool), ring_(ring), verify_(verify), now_(now), stop_(std::move(stop)) {}

SignatureCheck::~SignatureCheck() = default;

void SignatureCheck::AddOnePass(crypto::Bytes body) {
  if (body.size() != kOnePassBytes)
    throw Corrupt("a malformed one-pass signature packet in the message");
  if (one_passes_.size() == kMostSignatures) throw Corrupt("a message with too many signatures");
  one_passes_.push_back(std::move(body));
}

void SignatureCheck::AddSignature(crypto::Bytes body) {
  if (claims_.size() == kMostSignatures) throw Corrupt("a message with too many signatures");
  claims_.push_back(ParseSignature(body));
  if (!data_begun_) {
    signatures_before_.push_back(std::move(body));
  } else if (rnp_) {
    Send(static_cast<uint8_t>(Tag::kSignature), body);
  }
}

bool SignatureCheck::AnySignerHeld() const {
  return std::ranges::any_of(
             one_passes_,
             [this](const auto& body) { return ring_.Find(OnePassKeyId(body)) != nullptr; }) ||
         std::ranges::any_of(
             claims_, [this](const auto& claim) { return ring_.Find(claim.key_id) != nullptr; });
}

void SignatureCheck::Send(uint8_t tag, std::span<const std::byte> body) {
  const std::string header = PacketHeader(tag, body.size());
  rnp_->Write(std::as_bytes(std::span(header)));
  rnp_->Write(body);
}

// RNP gets the data as literal data in parts, whatever form they came in.
void SignatureCheck::SendPart() {
  const std::byte length{0xE0 | kPartBits};
  rnp_->Write({&length, 1});
  rnp_->Write(part_);
  part_.clear();
}

void SignatureCheck::BeginData(std::span<const std::byte> literal_header) {
  data_begun_ = true;
  if (!verify_ || !AnySignerHeld()) return;
  rnp_ = std::make_unique<RnpVerification>(pool_, std::nullopt, stop_);
  for (const auto& body : signatures_before_) Send(static_cast<uint8_t>(Tag::kSignature), body);
  for (auto& body : one_passes_) {
    // The flag of the last one says that the data follow; signatures around a compressed packet
    // each have it set.
    body.back() = std::byte{&body == &one_passes_.back()};
    Send(static_cast<uint8_t>(Tag::kOnePassSignature), body);
  }
  const std::byte tag{0xC0 | static_cast<uint8_t>(Tag::kLiteral)};
  rnp_->Write({&tag, 1});
  part_.reserve(kPartBytes);
  AddData(literal_header);
}

void SignatureCheck::AddData(std::span<const std::byte> data) {
  if (!rnp_) return;
  while (!data.empty()) {
    const auto taken = data.first(std::min(data.size(), kPartBytes - part_.size()));
    part_.insert(part_.end(), taken.begin(), taken.end());
    data = data.subspan(taken.size());
    if (part_.size() == kPartBytes) SendPart();
  }
}

void SignatureCheck::EndData() {
  if (!rnp_) return;
  const std::string length = PacketLength(part_.size());
  rnp_->Write(std::as_bytes(std::span(length)));
  rnp_->Write(part_);
}

std::vector<SignatureReport> SignatureCheck::Finish() {
  std::vector<RnpVerification::Verdict> verdicts;
  if (rnp_) verdicts = rnp_->Finish();
  return JudgeSignatures(claims_, verdicts, ring_, now_);
}

}  // namespace octo::openpgp
