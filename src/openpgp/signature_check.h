#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "crypto/digest.h"
#include "openpgp/decryptor.h"
#include "openpgp/key_ring.h"
#include "openpgp/signature_packets.h"
#include "openpgp/verifier_pool.h"

namespace octo::openpgp {

class RnpVerification;

// Collects the signatures of one message and lets RNP verify them, on a thread of its own, while
// the data pass. Signers whose keys are not held are reported without RNP. Call in the order of the
// packets; one thread at a time.
class SignatureCheck {
 public:
  // What is given must outlive this. With `verify` false signatures are skipped.
  SignatureCheck(VerifierPool& pool, const KeyRing& ring, bool verify, WallTime now,
                 std::stop_token stop);
  SignatureCheck(const SignatureCheck&) = delete;
  SignatureCheck& operator=(const SignatureCheck&) = delete;
  ~SignatureCheck();

  // A one-pass signature packet's body.
  void AddOnePass(crypto::Bytes body);
  // A signature packet's body, before or after the literal data.
  void AddSignature(crypto::Bytes body);
  // The fields of the literal data packet before its data.
  void BeginData(std::span<const std::byte> literal_header);
  void AddData(std::span<const std::byte> data);
  void EndData();
  // The verdicts, at the end of the message.
  std::vector<SignatureReport> Finish();

 private:
  bool AnySignerHeld() const;
  void Send(uint8_t tag, std::span<const std::byte> body);
  void SendPart();

  VerifierPool& pool_;
  const KeyRing& ring_;
  const bool verify_;
  const WallTime now_;
  const std::stop_token stop_;
  std::vector<crypto::Bytes> one_passes_;
  std::vector<crypto::Bytes> signatures_before_;
  std::vector<SignatureClaim> claims_;
  bool data_begun_ = false;
  crypto::Bytes part_;  // of the literal packet that RNP gets
  std::unique_ptr<RnpVerification> rnp_;
};

}  // namespace octo::openpgp
