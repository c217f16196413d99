#include "codec/zlib_trial.h"

#include <isa-l/igzip_lib.h>

#include <memory>
#include <vector>

namespace octo::codec {

bool ZlibInflates(std::span<const std::byte> head) {
  const auto state = std::make_unique<inflate_state>();
  isal_inflate_init(state.get());
  state->crc_flag = ISAL_ZLIB;
  state->next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(head.data()));
  state->avail_in = static_cast<uint32_t>(head.size());
  std::vector<uint8_t> output(size_t{64} << 10);
  while (true) {
    state->next_out = output.data();
    state->avail_out = static_cast<uint32_t>(output.size());
    if (isal_inflate(state.get()) != ISAL_DECOMP_OK) return false;
    if (state->block_state == ISAL_BLOCK_FINISH) return true;
    if (state->avail_out > 0) return true;  // the head is used up
  }
}

}  // namespace octo::codec
