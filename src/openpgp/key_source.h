#pragma once

#include <string>

#include "base/secret.h"

namespace octo::openpgp {

// Where keys come from.
struct KeySource {
  enum class Kind {
    kFile,       // a file of exported keys, armored or binary, public or secret
    kGnupgHome,  // a GnuPG home, by gpg's own export; empty location: $GNUPGHOME or ~/.gnupg
  };
  Kind kind = Kind::kFile;
  std::string location;
  Secret passphrase;  // of the secret keys; empty: unprotected
};

}  // namespace octo::openpgp
