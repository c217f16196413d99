#pragma once

#include <memory>
#include <string>

#include "codec/decoder.h"
#include "codec/delivery.h"
#include "codec/detect.h"
#include "codec/input.h"
#include "stream/sticky_source.h"

namespace octo::codec {

// What a compressed source decodes to: one stream after another to the end of the packed source.
// Its end means: each stream's checksum matched, nothing but further streams (and what a format
// allows between them) followed, and the packed source verified its own end.
class CompressedSource : public stream::StickySource {
 public:
  // The name of the first file, if the format stores one; known once something has been read.
  virtual const std::string& stored_name() const;

 protected:
  CompressedSource(std::unique_ptr<stream::Source> packed, Place place,
                   std::unique_ptr<Decoder> decoder)
      : input_(std::move(packed), place.delivery().context()),
        place_(std::move(place)),
        decoder_(std::move(decoder)) {}

  // At the beginning of each stream, before its header: takes the header.
  virtual void Begin(bool first) = 0;
  // For each piece of output.
  virtual void Saw(std::span<const std::byte> /*output*/) {}
  // Behind the compressed data: takes and checks the trailer; false when nothing may follow.
  virtual void Finish() = 0;

  // Throws kIncomplete: "ends after 12 bytes, " + `before_what`.
  [[noreturn]] void ThrowCut(std::string_view before_what) const;
  // The next `bytes`, which must be there.
  std::span<const std::byte> Need(size_t bytes, std::string_view before_what);

  Input input_;
  const Place place_;

 private:
  size_t Pull(std::span<std::byte> buffer) final;
  size_t Decode(std::span<std::byte> buffer);

  std::unique_ptr<Decoder> decoder_;
  uint64_t produced_ = 0;
  bool first_ = true;
  bool in_stream_ = false;
  bool decoded_ = false;  // the stream's compressed data are used up
};

// `format` is a compression. `of_what` completes the name of the place: "" or " of entry
// 'a.csv.gz'".
std::unique_ptr<CompressedSource> OpenCompressed(Format format,
                                                 std::unique_ptr<stream::Source> packed,
                                                 Delivery& delivery, std::string_view of_what);

}  // namespace octo::codec
