#include "openpgp/decompress.h"

#include <bzlib.h>
#include <fmt/core.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <vector>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr size_t kInputBytes = 64 << 10;

Error Broken() { return Corrupt("the compressed data inside the message are damaged"); }
Error Trailing() { return Corrupt("data after the end of the compressed data inside the message"); }

class StoredSource final : public stream::Source {
 public:
  explicit StoredSource(stream::Source& body) : body_(body) {}
  size_t Read(std::span<std::byte> buffer) override { return body_.Read(buffer); }

 private:
  stream::Source& body_;
};

class InflateSource final : public stream::Source {
 public:
  InflateSource(stream::Source& body, uint32_t format)
      : body_(body), state_(std::make_unique<inflate_state>()), input_(kInputBytes) {
    isal_inflate_init(state_.get());
    state_->crc_flag = format;
  }

  size_t Read(std::span<std::byte> buffer) override {
    state_->next_out = reinterpret_cast<uint8_t*>(buffer.data());
    state_->avail_out = static_cast<uint32_t>(std::min<size_t>(buffer.size(), UINT32_MAX));
    const uint32_t wanted = state_->avail_out;
    while (state_->avail_out == wanted && !finished_) {
      if (state_->avail_in == 0 && !input_ended_) Refill();
      const uint32_t before = state_->avail_in;
      if (isal_inflate(state_.get()) < 0) throw Broken();
      if (state_->block_state == ISAL_BLOCK_FINISH) {
        Finish();
      } else if (input_ended_ && before == 0 && state_->avail_out == wanted) {
        throw Broken();
      }
    }
    return wanted - state_->avail_out;
  }

 private:
  void Refill() {
    const size_t count = body_.Read(input_);
    input_ended_ = count == 0;
    state_->next_in = reinterpret_cast<uint8_t*>(input_.data());
    state_->avail_in = static_cast<uint32_t>(count);
  }

  void Finish() {
    finished_ = true;
    // The decoder may hold whole bytes that it did not need.
    if (state_->avail_in > 0 || state_->read_in_length >= 8) throw Trailing();
    if (!input_ended_ && body_.Read(input_) > 0) throw Trailing();
  }

  stream::Source& body_;
  std::unique_ptr<inflate_state> state_;
  std::vector<std::byte> input_;
  bool input_ended_ = false;
  bool finished_ = false;
};

class Bzip2Source final : public stream::Source {
 public:
  explicit Bzip2Source(stream::Source& body) : body_(body), input_(kInputBytes) {
    if (BZ2_bzDecompressInit(&stream_, 0, 0) != BZ_OK) throw std::bad_alloc();
  }
  ~Bzip2Source() override { BZ2_bzDecompressEnd(&stream_); }

  size_t Read(std::span<std::byte> buffer) override {
    stream_.next_out = reinterpret_cast<char*>(buffer.data());
    stream_.avail_out = static_cast<unsigned>(std::min<size_t>(buffer.size(), UINT32_MAX));
    const unsigned wanted = stream_.avail_out;
    while (stream_.avail_out == wanted && !finished_) {
      if (stream_.avail_in == 0) Refill();
      const int result = BZ2_bzDecompress(&stream_);
      if (result != BZ_OK && result != BZ_STREAM_END) throw Broken();
      if (result == BZ_STREAM_END) Finish();
    }
    return wanted - stream_.avail_out;
  }

 private:
  void Refill() {
    const size_t count = body_.Read(input_);
    if (count == 0) throw Broken();
    stream_.next_in = reinterpret_cast<char*>(input_.data());
    stream_.avail_in = static_cast<unsigned>(count);
  }

  void Finish() {
    finished_ = true;
    if (stream_.avail_in > 0 || body_.Read(input_) > 0) throw Trailing();
  }

  stream::Source& body_;
  bz_stream stream_{};
  std::vector<std::byte> input_;
  bool finished_ = false;
};

}  // namespace

std::unique_ptr<stream::Source> Decompress(uint8_t algorithm, stream::Source& body) {
  switch (algorithm) {
    case 0:
      return std::make_unique<StoredSource>(body);
    case 1:
      return std::make_unique<InflateSource>(body, ISAL_DEFLATE);
    case 2:
      return std::make_unique<InflateSource>(body, ISAL_ZLIB);
    case 3:
      return std::make_unique<Bzip2Source>(body);
    default:
      throw Unsupported(fmt::format(
          "the message is compressed with algorithm {}, which is not supported", algorithm));
  }
}

}  // namespace octo::openpgp
