#include <fmt/format.h>
#include <lzma.h>

#include <algorithm>
#include <new>

#include "codec/decoder.h"

namespace octo::codec {
namespace {

class XzDecoder final : public Decoder {
 public:
  explicit XzDecoder(const Place& place) : place_(place) { Restart(); }
  ~XzDecoder() override { lzma_end(&stream_); }

  Step Decode(std::span<const std::byte> input, std::span<std::byte> output) override {
    stream_.next_in = reinterpret_cast<const uint8_t*>(input.data());
    stream_.avail_in = input.size();
    stream_.next_out = reinterpret_cast<uint8_t*>(output.data());
    stream_.avail_out = output.size();
    const lzma_ret result = lzma_code(&stream_, LZMA_RUN);
    // LZMA_BUF_ERROR is not an error: nothing could be done with an empty input.
    if (result != LZMA_OK && result != LZMA_STREAM_END && result != LZMA_BUF_ERROR) Throw(result);
    return {static_cast<std::ptrdiff_t>(input.size() - stream_.avail_in),
            output.size() - stream_.avail_out, result == LZMA_STREAM_END};
  }

  void Restart() override {
    const uint64_t most = std::max<uint64_t>(place_.delivery().limits().most_codec_bytes, 1);
    if (lzma_stream_decoder(&stream_, most, LZMA_TELL_UNSUPPORTED_CHECK) != LZMA_OK)
      throw std::bad_alloc();
  }

 private:
  [[noreturn]] void Throw(lzma_ret result) const {
    switch (result) {
      case LZMA_MEM_ERROR:
        throw std::bad_alloc();
      case LZMA_MEMLIMIT_ERROR:
        place_.delivery().ThrowLimit(
            fmt::format("needs {} bytes of memory to decode xz, more than {}",
                        lzma_memusage(&stream_), place_.delivery().limits().most_codec_bytes),
            "most_codec_bytes");
      case LZMA_UNSUPPORTED_CHECK:
        throw place_.Unsupported(
            "uses a check that is not known, so it could not be verified",
            "Ask the vendor to compress with the standard checks (crc64, crc32, sha256).");
      case LZMA_OPTIONS_ERROR:
        throw place_.Unsupported("uses options that are not known",
                                 "Ask the vendor to compress with standard options.");
      default:
        throw place_.Corrupt("is damaged: a block, its check or the index is wrong");
    }
  }

  const Place place_;
  lzma_stream stream_ = LZMA_STREAM_INIT;
};

}  // namespace

std::unique_ptr<Decoder> MakeXzDecoder(const Place& place) {
  return std::make_unique<XzDecoder>(place);
}

}  // namespace octo::codec
