#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "codec/delivery.h"

namespace octo::codec {

// Decodes one compressed stream after another, piece by piece: the thin side of a compression
// library.
class Decoder {
 public:
  struct Step {
    std::ptrdiff_t consumed =
        0;  // of the input; negative when bytes taken earlier are given back (at the end)
    size_t produced = 0;
    bool ended = false;  // the stream ended, with what it verifies by itself; `consumed` reaches
                         // exactly to its end
  };

  Decoder() = default;
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  virtual ~Decoder() = default;

  // `input` may be empty: output that is still held comes first. Neither consumed nor produced nor
  // ended: needs more input. Throws kCorrupt, kPermanent.
  virtual Step Decode(std::span<const std::byte> input, std::span<std::byte> output) = 0;
  // Before each stream but the first.
  virtual void Restart() = 0;
};

// Raw deflate (RFC 1951), which verifies nothing by itself.
std::unique_ptr<Decoder> MakeDeflateDecoder(const Place& place);
// A zstd frame (RFC 8878), skippable ones included, with its content checksum if it has one.
std::unique_ptr<Decoder> MakeZstdDecoder(const Place& place);
// A bzip2 stream with its block and stream checksums.
std::unique_ptr<Decoder> MakeBzip2Decoder(const Place& place);
// An xz stream with its checks and its index, without padding.
std::unique_ptr<Decoder> MakeXzDecoder(const Place& place);

}  // namespace octo::codec
