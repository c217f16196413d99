#include <fmt/format.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>

#include "codec/decoder.h"

namespace octo::codec {
namespace {

class DeflateDecoder final : public Decoder {
 public:
  explicit DeflateDecoder(const Place& place)
      : place_(place), state_(std::make_unique<inflate_state>()) {
    isal_inflate_init(state_.get());
  }

  Step Decode(std::span<const std::byte> input, std::span<std::byte> output) override {
    const auto in_bytes = static_cast<uint32_t>(std::min<size_t>(input.size(), kMostAtOnce));
    const auto out_bytes = static_cast<uint32_t>(std::min<size_t>(output.size(), kMostAtOnce));
    // The library wants mutable input and does not change it.
    state_->next_in = reinterpret_cast<uint8_t*>(const_cast<std::byte*>(input.data()));
    state_->avail_in = in_bytes;
    state_->next_out = reinterpret_cast<uint8_t*>(output.data());
    state_->avail_out = out_bytes;
    const int result = isal_inflate(state_.get());
    if (result < 0) throw place_.Corrupt(fmt::format("is damaged: {}", Text(result)));
    Step step{in_bytes - state_->avail_in, out_bytes - state_->avail_out,
              state_->block_state == ISAL_BLOCK_FINISH};
    // Whole bytes behind the stream that wait in the library's bit buffer.
    if (step.ended) step.consumed -= state_->read_in_length / 8;
    return step;
  }

  void Restart() override { isal_inflate_reset(state_.get()); }

 private:
  static constexpr size_t kMostAtOnce = size_t{1} << 30;

  static const char* Text(int result) {
    switch (result) {
      case ISAL_INVALID_BLOCK:
        return "it has an invalid deflate block";
      case ISAL_INVALID_LOOKBACK:
        return "it refers to bytes before its beginning";
      default:
        return "it has an invalid deflate symbol";
    }
  }

  const Place place_;
  std::unique_ptr<inflate_state> state_;
};

}  // namespace

std::unique_ptr<Decoder> MakeDeflateDecoder(const Place& place) {
  return std::make_unique<DeflateDecoder>(place);
}

}  // namespace octo::codec
