#pragma once

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace octo::sample {

struct Unpacked {
  std::string text;
  bool whole = false;   // the member ended, and its checksum was right
  size_t trailing = 0;  // bytes behind it
};

// Unpacks one gzip member, up to `most` bytes of it (for tests).
inline Unpacked Gunzip(std::string_view packed, size_t most = size_t{64} << 20) {
  inflate_state state;
  isal_inflate_init(&state);
  state.crc_flag = ISAL_GZIP;
  std::string input(packed);
  state.next_in = reinterpret_cast<uint8_t*>(input.data());
  state.avail_in = static_cast<uint32_t>(input.size());
  Unpacked unpacked;
  std::string chunk(1 << 16, '\0');
  int result = ISAL_DECOMP_OK;
  do {
    state.next_out = reinterpret_cast<uint8_t*>(chunk.data());
    state.avail_out = static_cast<uint32_t>(chunk.size());
    result = isal_inflate(&state);
    unpacked.text.append(chunk, 0, chunk.size() - state.avail_out);
  } while (result == ISAL_DECOMP_OK && state.block_state != ISAL_BLOCK_FINISH &&
           state.avail_out == 0 && unpacked.text.size() < most);
  unpacked.whole = result == ISAL_DECOMP_OK && state.block_state == ISAL_BLOCK_FINISH;
  unpacked.trailing = state.avail_in;
  return unpacked;
}

}  // namespace octo::sample
