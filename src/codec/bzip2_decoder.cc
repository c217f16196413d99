#include <bzlib.h>

#include <algorithm>
#include <new>

#include "codec/decoder.h"

namespace octo::codec {
namespace {

class Bzip2Decoder final : public Decoder {
 public:
  explicit Bzip2Decoder(const Place& place) : place_(place) { Begin(); }
  ~Bzip2Decoder() override { BZ2_bzDecompressEnd(&stream_); }

  Step Decode(std::span<const std::byte> input, std::span<std::byte> output) override {
    const auto in_bytes = static_cast<unsigned>(std::min<size_t>(input.size(), kMostAtOnce));
    const auto out_bytes = static_cast<unsigned>(std::min<size_t>(output.size(), kMostAtOnce));
    // The library wants mutable input and does not change it.
    stream_.next_in = reinterpret_cast<char*>(const_cast<std::byte*>(input.data()));
    stream_.avail_in = in_bytes;
    stream_.next_out = reinterpret_cast<char*>(output.data());
    stream_.avail_out = out_bytes;
    const int result = BZ2_bzDecompress(&stream_);
    if (result == BZ_MEM_ERROR) throw std::bad_alloc();
    if (result != BZ_OK && result != BZ_STREAM_END)
      throw place_.Corrupt("is damaged: a block or its checksum is wrong");
    return {in_bytes - stream_.avail_in, out_bytes - stream_.avail_out, result == BZ_STREAM_END};
  }

  void Restart() override {
    BZ2_bzDecompressEnd(&stream_);
    Begin();
  }

 private:
  static constexpr size_t kMostAtOnce = size_t{1} << 30;

  void Begin() {
    stream_ = {};
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }

  const Place place_;
  bz_stream stream_ = {};
};

}  // namespace

std::unique_ptr<Decoder> MakeBzip2Decoder(const Place& place) {
  return std::make_unique<Bzip2Decoder>(place);
}

}  // namespace octo::codec
