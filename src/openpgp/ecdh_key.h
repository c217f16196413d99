#pragma once

#include <memory>
#include <span>

#include "openpgp/decryption_key.h"
#include "openpgp/field_reader.h"

namespace octo::openpgp {

// An ECDH key (RFC 6637) of the fields of its packet after the algorithm; nullptr when it is still
// protected, or its curve is not supported.
std::shared_ptr<DecryptionKey> MakeEcdhKey(FieldReader fields,
                                           std::span<const std::byte> fingerprint);

}  // namespace octo::openpgp
