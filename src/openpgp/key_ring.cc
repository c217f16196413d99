#include "openpgp/key_ring.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <utility>

#include "base/log.h"
#include "openpgp/failure.h"
#include "openpgp/gnupg_export.h"
#include "openpgp/rnp_handle.h"

namespace octo::openpgp {
namespace {

constexpr size_t kMostKeyFileBytes = 64 << 20;

Error KeyError(ErrorKind kind, std::string message, std::string hint) {
  return {kind, ErrorScope::kProvider, "keys", std::move(message), std::move(hint)};
}

// Name of where the keys come from, for messages.
std::string Where(const KeySource& source) {
  if (source.kind == KeySource::Kind::kFile) return fmt::format("the key file {}", source.location);
  return fmt::format("the GnuPG home {}",
                     source.location.empty() ? "of this user" : source.location);
}

SecretBytes ReadKeyFile(const std::string& path) {
  const auto refuse = [&path](std::string_view why) {
    return KeyError(ErrorKind::kUsage, fmt::format("the key file {} can't be read: {}", path, why),
                    "check the path and its permissions");
  };
  // Without a stream, whose buffer would keep a copy of the secrets.
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) throw refuse(ErrnoText(errno));
  SecretBytes bytes;
  SecretBytes block(64 << 10);
  ssize_t count = 0;
  while ((count = read(fd, block.data(), block.size())) > 0 && bytes.size() < kMostKeyFileBytes) {
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
  const int error = errno;
  close(fd);
  if (count < 0) throw refuse(ErrnoText(error));
  if (count > 0) throw refuse("it is too large for a key file");
  return bytes;
}

// A text that RNP allocated, as a string; empty when the getter (called with a char**) fails.
template <typename Getter>
std::string RnpText(const Getter& getter) {
  char* text = nullptr;
  if (getter(&text) != RNP_SUCCESS || text == nullptr) return {};
  std::string copy = text;
  rnp_buffer_destroy(text);
  return copy;
}

std::string RnpText(rnp_result_t (*getter)(rnp_key_handle_t, char**), rnp_key_handle_t key) {
  return RnpText([&](char** text) { return getter(key, text); });
}

std::vector<std::string> Fingerprints(rnp_ffi_t ffi) {
  rnp_identifier_iterator_t raw_iterator = nullptr;
  std::vector<std::string> fingerprints;
  if (rnp_identifier_iterator_create(ffi, &raw_iterator, "fingerprint") != RNP_SUCCESS)
    return fingerprints;
  const RnpHandle<rnp_identifier_iterator_t> iterator(raw_iterator);
  const char* fingerprint = nullptr;
  while (rnp_identifier_iterator_next(iterator.get(), &fingerprint) == RNP_SUCCESS &&
         fingerprint != nullptr) {
    fingerprints.emplace_back(fingerprint);
  }
  return fingerprints;
}

RnpHandle<rnp_key_handle_t> Locate(rnp_ffi_t ffi, const std::string& fingerprint) {
  rnp_key_handle_t key = nullptr;
  rnp_locate_key(ffi, "fingerprint", fingerprint.c_str(), &key);
  return RnpHandle<rnp_key_handle_t>(key);
}

bool Flag(rnp_result_t (*getter)(rnp_key_handle_t, bool*), rnp_key_handle_t key) {
  bool value = false;
  return getter(key, &value) == RNP_SUCCESS && value;
}

bool Allows(rnp_key_handle_t key, const char* usage) {
  bool allowed = false;
  return rnp_key_allows_usage(key, usage, &allowed) == RNP_SUCCESS && allowed;
}

std::string Algorithm(rnp_key_handle_t key) {
  const std::string curve = RnpText(rnp_key_get_curve, key);
  if (curve == "Curve25519") return "cv25519";
  if (curve == "Ed25519") return "ed25519";
  if (!curve.empty()) return curve;
  uint32_t bits = 0;
  rnp_key_get_bits(key, &bits);
  return fmt::format("{} {}", RnpText(rnp_key_get_alg, key), bits);
}

KeyInfo Describe(rnp_key_handle_t key) {
  KeyInfo info;
  info.key_id = RnpText(rnp_key_get_keyid, key);
  info.fingerprint = RnpText(rnp_key_get_fprint, key);
  info.algorithm = Algorithm(key);
  info.is_subkey = Flag(rnp_key_is_sub, key);
  if (info.is_subkey) info.primary_fingerprint = RnpText(rnp_key_get_primary_fprint, key);
  info.can_encrypt = Allows(key, "encrypt");
  info.can_sign = Allows(key, "sign");
  info.has_secret = Flag(rnp_key_have_secret, key);
  info.revoked = Flag(rnp_key_is_revoked, key);
  size_t users = 0;
  rnp_key_get_uid_count(key, &users);
  for (size_t i = 0; i < users; ++i)
    info.user_ids.push_back(RnpText([&](char** text) { return rnp_key_get_uid_at(key, i, text); }));
  uint32_t created = 0;
  uint32_t lifetime = 0;
  rnp_key_get_creation(key, &created);
  info.created = WallTime(std::chrono::seconds(created));
  if (rnp_key_get_expiration(key, &lifetime) == RNP_SUCCESS && lifetime > 0) {
    info.expires = *info.created + std::chrono::seconds(lifetime);
  }
  return info;
}

enum class Unlocking { kUnlocked, kElsewhere, kWrongPassphrase };

Unlocking Unlock(rnp_key_handle_t key, const Secret& passphrase) {
  // A primary key that stays elsewhere, or a smart card: nothing here to unlock. Its subkeys have
  // their own secrets.
  if (RnpText(rnp_key_get_protection_type, key).starts_with("GPG-")) return Unlocking::kElsewhere;
  if (!Flag(rnp_key_is_protected, key)) return Unlocking::kUnlocked;
  if (passphrase.empty() || rnp_key_unprotect(key, passphrase.Reveal().c_str()) != RNP_SUCCESS) {
    return Unlocking::kWrongPassphrase;
  }
  return Unlocking::kUnlocked;
}

crypto::Bytes FromHex(std::string_view hex) {
  crypto::Bytes bytes;
  const auto digit = [](char c) {
    return static_cast<unsigned>(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
  };
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>((digit(hex[i]) << 4) | digit(hex[i + 1])));
  }
  return bytes;
}

std::shared_ptr<const DecryptionKey> MakeDecryptionKey(rnp_key_handle_t handle,
                                                       const KeyInfo& info) {
  uint8_t* data = nullptr;
  size_t bytes = 0;
  if (rnp_get_secret_key_data(handle, &data, &bytes) != RNP_SUCCESS) return nullptr;
  SecretBytes packet(reinterpret_cast<std::byte*>(data),
                     reinterpret_cast<std::byte*>(data) + bytes);
  rnp_buffer_clear(data, bytes);
  rnp_buffer_destroy(data);
  // Signatures follow the key's own packet, whose header is two to six bytes in the new format.
  if (packet.size() < 6 || (packet[0] & std::byte{0xC0}) != std::byte{0xC0}) return nullptr;
  const auto first = std::to_integer<size_t>(packet[1]);
  const auto at = [&packet](size_t i) { return std::to_integer<size_t>(packet[i]); };
  const size_t header = first < 192 ? 2 : first < 224 ? 3 : 6;
  const size_t length = first < 192   ? first
                        : first < 224 ? ((first - 192) << 8) + at(2) + 192
                                      : (at(2) << 24) | (at(3) << 16) | (at(4) << 8) | at(5);
  if (length > packet.size() - header) return nullptr;
  return DecryptionKey::FromPacket(std::span(packet).subspan(header, length), info.key_id,
                                   FromHex(info.fingerprint));
}

std::string SavePublicKeys(rnp_ffi_t ffi) {
  rnp_output_t raw_output = nullptr;
  rnp_output_to_memory(&raw_output, 0);
  const RnpHandle<rnp_output_t> output(raw_output);
  uint8_t* data = nullptr;
  size_t bytes = 0;
  rnp_save_keys(ffi, "GPG", output.get(), RNP_LOAD_SAVE_PUBLIC_KEYS);
  rnp_output_memory_get_buf(output.get(), &data, &bytes, false);
  return {reinterpret_cast<const char*>(data), bytes};
}

}  // namespace

KeyRing::KeyRing(const std::vector<KeySource>& sources) {
  for (const KeySource& source : sources) Load(source);
}

void KeyRing::Load(const KeySource& source) {
  const SecretBytes bytes = source.kind == KeySource::Kind::kFile
                                ? ReadKeyFile(source.location)
                                : ExportGnupgHome(source.location, source.passphrase);
  const auto ffi = MakeRnp(bytes, true);
  const auto fingerprints = Fingerprints(ffi.get());
  if (fingerprints.empty()) {
    throw KeyError(ErrorKind::kUsage, fmt::format("{} holds no OpenPGP key", Where(source)),
                   "export keys with gpg --export-secret-keys or gpg --export");
  }
  const size_t before = decryption_keys_.size();
  std::vector<std::string> refused;
  for (const std::string& fingerprint : fingerprints) {
    const auto handle = Locate(ffi.get(), fingerprint);
    if (handle) AddKey(handle.get(), source.passphrase, refused);
  }
  if (!refused.empty()) {
    const std::string message = fmt::format("the passphrase does not unlock {} of {}",
                                            fmt::join(refused, ", "), Where(source));
    if (decryption_keys_.size() == before)
      throw KeyError(ErrorKind::kDenied, message, "check the passphrase of this key");
    log::Warning("{}", message);
  }
  public_keys_ += SavePublicKeys(ffi.get());
}

void KeyRing::AddKey(rnp_key_handle_t handle, const Secret& passphrase,
                     std::vector<std::string>& refused) {
  KeyInfo info = octo::openpgp::Describe(handle);
  if (info.has_secret) {
    const Unlocking unlocking = Unlock(handle, passphrase);
    info.unlocked = unlocking == Unlocking::kUnlocked;
    if (unlocking == Unlocking::kElsewhere) info.has_secret = false;
    if (unlocking == Unlocking::kWrongPassphrase) refused.push_back(info.key_id);
  }
  if (info.unlocked && FindDecryptionKey(info.key_id) == nullptr) {
    if (auto key = MakeDecryptionKey(handle, info)) decryption_keys_.push_back(std::move(key));
  }
  const auto known = std::ranges::find(keys_, info.fingerprint, &KeyInfo::fingerprint);
  if (known == keys_.end()) {
    keys_.push_back(std::move(info));
  } else if (info.unlocked > known->unlocked || info.has_secret > known->has_secret) {
    *known = std::move(info);
  }
}

const KeyInfo* KeyRing::Find(std::string_view id) const {
  const auto found = std::ranges::find_if(
      keys_, [id](const KeyInfo& key) { return key.key_id == id || key.fingerprint == id; });
  return found == keys_.end() ? nullptr : &*found;
}

const DecryptionKey* KeyRing::FindDecryptionKey(std::string_view key_id) const {
  const auto found = std::ranges::find(
      decryption_keys_, key_id, [](const auto& key) { return std::string_view(key->key_id()); });
  return found == decryption_keys_.end() ? nullptr : found->get();
}

std::string KeyRing::State(const KeyInfo& key, WallTime now) const {
  const KeyInfo* const primary = key.is_subkey ? Find(key.primary_fingerprint) : nullptr;
  if (key.revoked || (primary != nullptr && primary->revoked)) return "revoked";
  std::optional<WallTime> expires = key.expires;
  if (primary != nullptr && primary->expires && (!expires || *primary->expires < *expires))
    expires = primary->expires;
  if (expires && *expires <= now) return fmt::format("expired {}", FormatDate(*expires));
  return "valid";
}

std::string KeyRing::DescribeHeld(WallTime now) const {
  std::vector<std::string> held;
  for (const auto& key : decryption_keys_) {
    const KeyInfo* const info = Find(key->key_id());
    if (info == nullptr || !info->can_encrypt) continue;
    const std::string state = State(*info, now);
    held.push_back(state == "valid" ? key->key_id() : fmt::format("{} ({})", key->key_id(), state));
  }
  return held.empty() ? "no secret key" : fmt::format("{}", fmt::join(held, ", "));
}

}  // namespace octo::openpgp
