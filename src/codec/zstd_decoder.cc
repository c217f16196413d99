#include <fmt/format.h>
#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <new>

#include "codec/decoder.h"

namespace octo::codec {
namespace {

class ZstdDecoder final : public Decoder {
 public:
  explicit ZstdDecoder(const Place& place) : place_(place), context_(ZSTD_createDCtx()) {
    if (!context_) throw std::bad_alloc();
    const size_t most = place.delivery().limits().most_codec_bytes;
    const ZSTD_bounds bounds = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax);
    const int log = std::clamp(static_cast<int>(std::bit_width(most)) - 1, bounds.lowerBound,
                               bounds.upperBound);
    ZSTD_DCtx_setParameter(context_.get(), ZSTD_d_windowLogMax, log);
  }

  Step Decode(std::span<const std::byte> input, std::span<std::byte> output) override {
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    ZSTD_outBuffer out{output.data(), output.size(), 0};
    const size_t result = ZSTD_decompressStream(context_.get(), &out, &in);
    if (ZSTD_isError(result)) Throw(result);
    return {static_cast<std::ptrdiff_t>(in.pos), out.pos, result == 0};
  }

  void Restart() override { ZSTD_DCtx_reset(context_.get(), ZSTD_reset_session_only); }

 private:
  struct Free {
    void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
  };

  [[noreturn]] void Throw(size_t result) const {
    switch (ZSTD_getErrorCode(result)) {
      case ZSTD_error_memory_allocation:
        throw std::bad_alloc();
      case ZSTD_error_frameParameter_windowTooLarge:
        place_.delivery().ThrowLimit(fmt::format("needs a zstd window larger than {} bytes",
                                                 place_.delivery().limits().most_codec_bytes),
                                     "most_codec_bytes");
      case ZSTD_error_dictionary_wrong:
        throw place_.Unsupported("needs a dictionary that is not part of it",
                                 "Ask the vendor to compress without a dictionary.");
      default:
        throw place_.Corrupt(fmt::format("is damaged: {}", ZSTD_getErrorName(result)));
    }
  }

  const Place place_;
  std::unique_ptr<ZSTD_DCtx, Free> context_;
};

}  // namespace

std::unique_ptr<Decoder> MakeZstdDecoder(const Place& place) {
  return std::make_unique<ZstdDecoder>(place);
}

}  // namespace octo::codec
