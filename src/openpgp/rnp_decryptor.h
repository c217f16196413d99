#pragma once

#include <memory>
#include <vector>

#include "base/secret.h"
#include "openpgp/decryptor.h"
#include "openpgp/key_source.h"

namespace octo::openpgp {

// A decryptor with RNP for keys and signatures. Messages are read and decrypted by this folder
// itself (OpenSSL, ISA-L, libbz2): RNP 0.16 calls a good message tampered with when its content
// ends at a multiple of 32 KiB, ignores what follows the data, takes broken armor, and finds no key
// for hidden recipients.
//
// Loads the keys and unlocks the secret ones once, here; throws kUsage when a file can't be read or
// holds no key, kDenied for a wrong passphrase. `message_passphrases` open symmetric messages.
// `now` for expiry checks. Memory of a message being read: about 600 KiB, whatever its size (BZip2
// inside: 4 MiB more).
std::unique_ptr<Decryptor> MakeRnpDecryptor(const std::vector<KeySource>& keys,
                                            const std::vector<Secret>& message_passphrases,
                                            WallClock now = SystemNow);

}  // namespace octo::openpgp
