#pragma once

#include <memory>
#include <string>
#include <vector>

#include "openpgp/decrypting_source.h"
#include "openpgp/rnp_verification.h"
#include "openpgp/signature_packets.h"
#include "stream/sticky_source.h"

namespace octo::openpgp {

// Passes data through and verifies a detached signature over them at the end.
class DetachedSource final : public stream::StickySource {
 public:
  // `signature` is binary or armored, and may hold several.
  DetachedSource(std::shared_ptr<DecryptionSetting> setting, std::unique_ptr<stream::Source> data,
                 std::string signature, Policy policy, MessageReport& report,
                 stream::Context context);

 private:
  size_t Pull(std::span<std::byte> buffer) override;
  void Start();
  void Finish();

  const std::shared_ptr<DecryptionSetting> setting_;
  const std::unique_ptr<stream::Source> data_;
  std::string signature_;
  const Policy policy_;
  MessageReport& report_;
  const stream::Context context_;
  bool started_ = false;
  std::vector<SignatureClaim> claims_;
  std::unique_ptr<RnpVerification> rnp_;
};

}  // namespace octo::openpgp
