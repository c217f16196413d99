#pragma once

#include <cstddef>
#include <span>

namespace octo::codec {

// Whether `head`, the front of a source from its zlib header on, inflates: to its end with the
// right checksum, or as far as it goes, without an error.
bool ZlibInflates(std::span<const std::byte> head);

}  // namespace octo::codec
