#pragma once

#include <memory>
#include <vector>

#include "openpgp/decryptor.h"
#include "openpgp/key_ring.h"
#include "openpgp/message_reader.h"
#include "openpgp/outer_message.h"
#include "openpgp/packet_reader.h"
#include "openpgp/session_opener.h"
#include "openpgp/signature_check.h"
#include "openpgp/verifier_pool.h"
#include "stream/peek_source.h"
#include "stream/sticky_source.h"
#include "stream/taps.h"

namespace octo::openpgp {

// What sources share with the decryptor that makes them.
struct DecryptionSetting {
  DecryptionSetting(const std::vector<KeySource>& sources, std::vector<Secret> message_passphrases,
                    WallClock clock)
      : ring(sources),
        passphrases(std::move(message_passphrases)),
        now(std::move(clock)),
        verifiers(ring.public_keys(), now) {}
  const KeyRing ring;
  const std::vector<Secret> passphrases;
  const WallClock now;
  VerifierPool verifiers;
};

// The way of a message: count -> armor -> outer packets -> decryption with integrity -> inner
// packets -> literal data.
class DecryptingSource final : public stream::StickySource {
 public:
  DecryptingSource(std::shared_ptr<DecryptionSetting> setting,
                   std::unique_ptr<stream::Source> ciphertext, Policy policy, MessageReport& report,
                   stream::Context context);

 private:
  size_t Pull(std::span<std::byte> buffer) override;
  void Open();
  void TakeArmorOff();
  void RequireIntegrity() const;
  std::unique_ptr<stream::Source> OpenData();
  OpenedSession FindSession(std::span<const std::byte> start, uint8_t aead_cipher);
  void Finish();

  const std::shared_ptr<DecryptionSetting> setting_;
  const Policy policy_;
  MessageReport& report_;
  const stream::Context context_;
  const WallTime now_;
  stream::Progress ciphertext_read_;
  // In the order they read from one another.
  std::unique_ptr<stream::Source> bytes_;
  std::unique_ptr<PacketReader> outer_;
  OuterMessage message_;
  std::unique_ptr<stream::PeekSource> body_;
  SignatureCheck signatures_;
  std::unique_ptr<MessageReader> content_;
};

}  // namespace octo::openpgp
