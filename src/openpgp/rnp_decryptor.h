#pragma once

#include <memory>
#include <vector>

#include "base/secret.h"
#include "openpgp/decryptor.h"
#include "openpgp/key_source.h"

namespace octo::openpgp {

// A decryptor on RNP. Loads the keys and unlocks the secret ones once, here; throws kUsage when a
// file can't be read or holds no key, kDenied for a wrong passphrase. `message_passphrases` open
// symmetric messages. `now` for expiry checks.
std::unique_ptr<Decryptor> MakeRnpDecryptor(const std::vector<KeySource>& keys,
                                            const std::vector<Secret>& message_passphrases,
                                            WallClock now = SystemNow);

}  // namespace octo::openpgp
