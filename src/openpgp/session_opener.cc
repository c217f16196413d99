#include "openpgp/session_opener.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "openpgp/cfb_source.h"
#include "openpgp/passphrase_key.h"

namespace octo::openpgp {
namespace {

bool IsHidden(const PublicKeySession& session) {
  return session.supported && session.key_id == PublicKeySession::kHidden;
}

std::optional<OpenedSession> OpenByKey(const OuterMessage& message, const KeyRing& ring) {
  for (const PublicKeySession& session : message.public_keys) {
    const DecryptionKey* const key =
        session.supported ? ring.FindDecryptionKey(session.key_id) : nullptr;
    if (key == nullptr) continue;
    if (auto opened = key->Open(session)) return OpenedSession{std::move(*opened), key->key_id()};
  }
  for (const PublicKeySession& session : message.public_keys) {
    if (!IsHidden(session)) continue;
    for (const auto& key : ring.decryption_keys()) {
      if (auto opened = key->Open(session)) return OpenedSession{std::move(*opened), key->key_id()};
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<OpenedSession> OpenSession(const OuterMessage& message, const KeyRing& ring,
                                         const std::vector<Secret>& passphrases,
                                         std::span<const std::byte> start, uint8_t aead_cipher) {
  if (auto opened = OpenByKey(message, ring)) return opened;
  for (const SymmetricSession& session : message.passphrases) {
    for (const Secret& passphrase : passphrases) {
      auto key = OpenWithPassphrase(session, passphrase, aead_cipher);
      if (key && (start.empty() || CfbSource::QuickCheck(start, *key)))
        return OpenedSession{std::move(*key), {}};
    }
  }
  return std::nullopt;
}

std::vector<Recipient> Recipients(const OuterMessage& message, const KeyRing& ring) {
  std::vector<Recipient> recipients;
  for (const PublicKeySession& session : message.public_keys) {
    if (!session.supported) continue;
    const bool held =
        IsHidden(session)
            ? std::ranges::any_of(ring.decryption_keys(),
                                  [&](const auto& key) { return key->MayOpen(session); })
            : ring.FindDecryptionKey(session.key_id) != nullptr;
    recipients.push_back({session.key_id, held});
  }
  return recipients;
}

std::string DescribeMissingKey(const OuterMessage& message, const KeyRing& ring, size_t passphrases,
                               WallTime now) {
  std::vector<std::string> wanted;
  for (const PublicKeySession& session : message.public_keys) {
    if (!session.supported) {
      wanted.emplace_back("a key of a newer kind");
    } else if (IsHidden(session)) {
      wanted.emplace_back("a hidden key");
    } else {
      const KeyInfo* const info = ring.Find(session.key_id);
      std::string state = info == nullptr ? "valid" : ring.State(*info, now);
      if (info != nullptr && info->has_secret && !info->unlocked) state = "held, but locked";
      wanted.push_back(state == "valid" ? fmt::format("key {}", session.key_id)
                                        : fmt::format("key {} ({})", session.key_id, state));
    }
  }
  if (!message.passphrases.empty()) {
    wanted.emplace_back(passphrases == 0 ? "a passphrase (none is configured)"
                                         : "a passphrase (none of ours fits)");
  }
  return fmt::format("encrypted to {}; held: {}", fmt::join(wanted, ", "), ring.DescribeHeld(now));
}

}  // namespace octo::openpgp
