#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "openpgp/decryption_key.h"
#include "openpgp/decryptor.h"
#include "openpgp/key_source.h"

struct rnp_key_handle_st;

namespace octo::openpgp {

// All keys of a decryptor, read by RNP, the secret ones unlocked once. Immutable, so thread-safe.
class KeyRing {
 public:
  // Throws as MakeRnpDecryptor does.
  explicit KeyRing(const std::vector<KeySource>& sources);

  const std::vector<KeyInfo>& keys() const { return keys_; }
  // By key id (16 digits) or fingerprint; nullptr when not held.
  const KeyInfo* Find(std::string_view id) const;
  // Every unlocked secret key that messages can be encrypted to.
  const std::vector<std::shared_ptr<const DecryptionKey>>& decryption_keys() const {
    return decryption_keys_;
  }
  const DecryptionKey* FindDecryptionKey(std::string_view key_id) const;
  // "valid", "expired 2026-01-31", "revoked", at `now`; of a subkey also by its primary key.
  std::string State(const KeyInfo& key, WallTime now) const;
  // "0123… (expired 2026-01-31), 89AB…": the secret keys that could open messages, for a person.
  std::string DescribeHeld(WallTime now) const;
  // The public keys as packets, for RNP objects that verify.
  const std::string& public_keys() const { return public_keys_; }

 private:
  void Load(const KeySource& source);
  // Adds the key's id to `refused` when the passphrase does not unlock it.
  void AddKey(rnp_key_handle_st* handle, const Secret& passphrase,
              std::vector<std::string>& refused);

  std::vector<KeyInfo> keys_;
  std::vector<std::shared_ptr<const DecryptionKey>> decryption_keys_;
  std::string public_keys_;
};

}  // namespace octo::openpgp
