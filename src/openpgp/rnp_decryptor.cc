#include "openpgp/rnp_decryptor.h"

#include <utility>

#include "openpgp/decrypting_source.h"
#include "openpgp/detached_source.h"
#include "openpgp/inspect.h"
#include "openpgp/rnp_log.h"

namespace octo::openpgp {
namespace {

class RnpDecryptor final : public Decryptor {
 public:
  explicit RnpDecryptor(std::shared_ptr<DecryptionSetting> setting)
      : setting_(std::move(setting)) {}

  std::unique_ptr<stream::Source> Decrypt(std::unique_ptr<stream::Source> ciphertext,
                                          const Policy& policy, MessageReport& report,
                                          const stream::Context& context) override {
    return std::make_unique<DecryptingSource>(setting_, std::move(ciphertext), policy, report,
                                              context);
  }

  std::unique_ptr<stream::Source> VerifyDetached(std::unique_ptr<stream::Source> data,
                                                 std::string signature, const Policy& policy,
                                                 MessageReport& report,
                                                 const stream::Context& context) override {
    return std::make_unique<DetachedSource>(setting_, std::move(data), std::move(signature), policy,
                                            report, context);
  }

  Preflight Inspect(std::span<const std::byte> first_bytes) const override {
    return InspectMessage(first_bytes, setting_->ring, setting_->passphrases.size(),
                          setting_->now());
  }

  std::vector<KeyInfo> Keys() const override { return setting_->ring.keys(); }

 private:
  // Shared with the sources, which may outlive the decryptor.
  const std::shared_ptr<DecryptionSetting> setting_;
};

}  // namespace

std::unique_ptr<Decryptor> MakeRnpDecryptor(const std::vector<KeySource>& keys,
                                            const std::vector<Secret>& message_passphrases,
                                            WallClock now) {
  KeepRnpQuiet();
  return std::make_unique<RnpDecryptor>(
      std::make_shared<DecryptionSetting>(keys, message_passphrases, std::move(now)));
}

}  // namespace octo::openpgp
