#include "openpgp/decrypting_source.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "openpgp/aead.h"
#include "openpgp/armor.h"
#include "openpgp/cfb_source.h"
#include "openpgp/failure.h"
#include "openpgp/signature_policy.h"

namespace octo::openpgp {
namespace {

constexpr size_t kPeekBytes = 64;
constexpr size_t kQuickCheckBytes = 18;

AeadHeader ReadAeadHeader(PacketReader& packets) {
  if (packets.BodyByte() != 1)
    throw Unsupported("the message is of an unknown version of authenticated encryption");
  AeadHeader header;
  header.cipher = packets.BodyByte();
  const uint8_t mode = packets.BodyByte();
  if (mode != 1 && mode != 2)
    throw Unsupported("the message is encrypted in an authenticated mode that is not supported");
  header.mode = static_cast<AeadMode>(mode);
  header.chunk_bits = packets.BodyByte();
  for (size_t i = 0; i < AeadDecryptor::NonceBytes(header.mode); ++i) {
    header.vector.push_back(std::byte{packets.BodyByte()});
  }
  return header;
}

}  // namespace

DecryptingSource::DecryptingSource(std::shared_ptr<DecryptionSetting> setting,
                                   std::unique_ptr<stream::Source> ciphertext, Policy policy,
                                   MessageReport& report, stream::Context context)
    : setting_(std::move(setting)),
      policy_(std::move(policy)),
      report_(report),
      context_(std::move(context)),
      now_(setting_->now()),
      bytes_(std::make_unique<stream::CountingSource>(std::move(ciphertext), ciphertext_read_)),
      signatures_(setting_->verifiers, setting_->ring,
                  policy_.signature != SignaturePolicy::kIgnore, now_, context_.stop) {}

void DecryptingSource::TakeArmorOff() {
  auto peeked = std::make_unique<stream::PeekSource>(std::move(bytes_));
  const auto first = peeked->Peek(kPeekBytes);
  if (first.empty()) throw Incomplete("the file is empty where an encrypted message should be");
  report_.armored = LooksArmored({reinterpret_cast<const char*>(first.data()), first.size()});
  if (!report_.armored && (first[0] & std::byte{0x80}) == std::byte{0}) {
    throw Unsupported("the file is not an OpenPGP message", "ask the sender to encrypt it");
  }
  bytes_ = std::move(peeked);
  if (report_.armored) bytes_ = std::make_unique<ArmorSource>(std::move(bytes_), "PGP MESSAGE");
}

void DecryptingSource::RequireIntegrity() const {
  if (message_.data != Tag::kEncrypted || policy_.integrity == IntegrityPolicy::kAllowMissing)
    return;
  throw Corrupt(
      "the message has no integrity protection, so nobody could tell if it was changed on its way",
      "ask the sender to encrypt with a modification detection code (any OpenPGP program of this "
      "century "
      "does), or set integrity = \"allow-missing\" for this provider");
}

OpenedSession DecryptingSource::FindSession(std::span<const std::byte> start, uint8_t aead_cipher) {
  auto session = OpenSession(message_, setting_->ring, setting_->passphrases, start, aead_cipher);
  if (!session) {
    const auto named = std::ranges::find_if(message_.public_keys, [this](const auto& recipient) {
      return setting_->ring.FindDecryptionKey(recipient.key_id) != nullptr;
    });
    if (named != message_.public_keys.end()) {
      throw Corrupt(
          fmt::format("the session key in the message does not open with key {}, to which "
                      "the message says it is encrypted",
                      named->key_id),
          "the file was damaged on its way; ask for it again");
    }
    throw Denied("the message is " + DescribeMissingKey(message_, setting_->ring,
                                                        setting_->passphrases.size(), now_),
                 "add the secret key to the provider's keys, or ask the sender to encrypt to a key "
                 "that is held");
  }
  report_.key_used = session->key_id;
  const KeyInfo* const key = setting_->ring.Find(session->key_id);
  if (key != nullptr) report_.key_state = setting_->ring.State(*key, now_);
  report_.cipher = session->key.cipher->name;
  return std::move(*session);
}

std::unique_ptr<stream::Source> DecryptingSource::OpenData() {
  if (message_.data == Tag::kEncryptedAead) {
    report_.integrity = "aead";
    AeadHeader header = ReadAeadHeader(*outer_);
    const OpenedSession session = FindSession({}, header.cipher);
    return std::make_unique<AeadSource>(*body_, std::move(header), session.key);
  }
  const bool coded = message_.data == Tag::kEncryptedIntegrity;
  report_.integrity = coded ? "mdc" : "none";
  if (coded && outer_->BodyByte() != 1) {
    throw Unsupported(
        "the message is encrypted in the form of RFC 9580, which is not supported yet",
        "ask the sender to encrypt for compatibility with RFC 4880");
  }
  const OpenedSession session = FindSession(body_->Peek(kQuickCheckBytes), 0);
  return std::make_unique<CfbSource>(
      *body_, session.key,
      coded ? CfbSource::Integrity::kModificationCode : CfbSource::Integrity::kNone);
}

void DecryptingSource::Open() {
  TakeArmorOff();
  outer_ = std::make_unique<PacketReader>(*bytes_, CiphertextEndsEarly);
  ReadOuterMessage(*outer_, message_);
  report_.recipients = Recipients(message_, setting_->ring);
  report_.symmetric = !message_.passphrases.empty();
  RequireIntegrity();
  body_ = std::make_unique<stream::PeekSource>(std::make_unique<PacketBody>(*outer_));
  content_ = std::make_unique<MessageReader>(OpenData(), signatures_);
}

void DecryptingSource::Finish() {
  RequireNothingAfter(*outer_);
  report_.literal_name = content_->literal_name();
  report_.ciphertext_bytes = ciphertext_read_.bytes;
  report_.signatures = signatures_.Finish();
  RequireSignatures(report_.signatures, policy_, setting_->ring);
}

size_t DecryptingSource::Pull(std::span<std::byte> buffer) {
  context_.ThrowIfStopped("decrypt");
  if (!content_) Open();
  const size_t count = content_->Read(buffer);
  report_.plaintext_bytes += count;
  if (count == 0) Finish();
  return count;
}

}  // namespace octo::openpgp
