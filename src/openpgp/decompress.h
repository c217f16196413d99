#pragma once

#include <cstdint>
#include <memory>

#include "stream/source.h"

namespace octo::openpgp {

// The content of a compressed data packet (RFC 4880 section 5.6): algorithm 0 none, 1 ZIP, 2 ZLIB,
// 3 BZip2. Its end is verified: the compressed stream is whole, its checksum right, and nothing
// trails in the packet. `body` is the packet's body after the algorithm byte, and must outlive the
// result. Throws kPermanent for another algorithm.
std::unique_ptr<stream::Source> Decompress(uint8_t algorithm, stream::Source& body);

}  // namespace octo::openpgp
