#pragma once

#include <string>

#include "base/secret.h"
#include "openpgp/secret_bytes.h"

namespace octo::openpgp {

// All keys of a GnuPG home as packets, public and secret (still protected by the passphrase), by
// gpg's own export: the home's files are gpg's business. `home` empty: gpg's default. An agent that
// gpg started for it is ended again; one that was running stays. Throws kUsage when gpg is missing
// or can't read the home, kDenied when the passphrase does not open any secret key.
SecretBytes ExportGnupgHome(const std::string& home, const Secret& passphrase);

}  // namespace octo::openpgp
