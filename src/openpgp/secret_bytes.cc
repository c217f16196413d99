#include "openpgp/secret_bytes.h"

#include <openssl/crypto.h>

namespace octo::openpgp {

void Wipe(void* memory, size_t bytes) { OPENSSL_cleanse(memory, bytes); }

}  // namespace octo::openpgp
