#include "gzip_output.h"

#include <isa-l/crc.h>
#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "base/error.h"

namespace octo::sample {
namespace {

constexpr size_t kChunk = size_t{64} << 10;

}  // namespace

struct GzipOutput::State {
  isal_zstream stream;
  std::vector<uint8_t> level_buffer = std::vector<uint8_t>(ISAL_DEF_LVL1_DEFAULT);
  std::array<uint8_t, kChunk> chunk;
};

GzipOutput::GzipOutput(std::unique_ptr<Output> packed)
    : packed_(std::move(packed)), state_(std::make_unique<State>()) {
  isal_deflate_init(&state_->stream);
  state_->stream.level = 1;
  state_->stream.level_buf = state_->level_buffer.data();
  state_->stream.level_buf_size = static_cast<uint32_t>(state_->level_buffer.size());
  state_->stream.gzip_flag = IGZIP_GZIP;
  state_->stream.flush = NO_FLUSH;
}

GzipOutput::~GzipOutput() = default;

void GzipOutput::Deflate(std::string_view bytes, bool last) {
  isal_zstream& stream = state_->stream;
  // ISA-L does not write through next_in; its interface just lacks the const.
  stream.next_in = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(bytes.data()));
  stream.avail_in = static_cast<uint32_t>(bytes.size());
  stream.end_of_stream = last ? 1 : 0;
  do {
    stream.next_out = state_->chunk.data();
    stream.avail_out = static_cast<uint32_t>(state_->chunk.size());
    if (isal_deflate(&stream) != COMP_OK) {
      throw Error(ErrorKind::kBug, ErrorScope::kProcess, "compress", "ISA-L refused to compress");
    }
    packed_->Write({reinterpret_cast<const char*>(state_->chunk.data()),
                    state_->chunk.size() - stream.avail_out});
  } while (stream.avail_in > 0 || stream.avail_out == 0 ||
           (last && stream.internal_state.state != ZSTATE_END));
}

void GzipOutput::Write(std::string_view bytes) {
  constexpr size_t kMost = size_t{1} << 30;  // avail_in has 32 bits
  for (; !bytes.empty(); bytes.remove_prefix(std::min(kMost, bytes.size()))) {
    Deflate(bytes.substr(0, kMost), false);
  }
}

void GzipOutput::Finish() {
  Deflate({}, true);
  packed_->Finish();
}

void WriteGzipOfZeros(Output& output, uint64_t bytes) {
  constexpr size_t kBlock = size_t{1} << 20;
  const std::vector<uint8_t> zeros(kBlock);
  // A block that ends on a byte boundary and refers to nothing before it can be repeated.
  std::vector<uint8_t> level_buffer(ISAL_DEF_LVL1_DEFAULT);
  std::array<uint8_t, kChunk> block;
  isal_zstream stream;
  isal_deflate_init(&stream);
  stream.level = 1;
  stream.level_buf = level_buffer.data();
  stream.level_buf_size = static_cast<uint32_t>(level_buffer.size());
  stream.flush = FULL_FLUSH;
  stream.next_in = const_cast<uint8_t*>(zeros.data());
  stream.avail_in = kBlock;
  stream.next_out = block.data();
  stream.avail_out = static_cast<uint32_t>(block.size());
  isal_deflate(&stream);
  const std::string_view packed(reinterpret_cast<const char*>(block.data()),
                                block.size() - stream.avail_out);

  output.Write(std::string_view("\x1f\x8b\x08\0\0\0\0\0\0\xff", 10));
  const uint64_t blocks = std::max<uint64_t>(bytes / kBlock, 1);
  uint32_t crc = 0;
  for (uint64_t count = 0; count < blocks; ++count) {
    output.Write(packed);
    crc = crc32_gzip_refl(crc, zeros.data(), kBlock);
  }
  const auto size = static_cast<uint32_t>(blocks * kBlock);
  std::string trailer("\x03\0", 2);  // an empty last block
  for (const uint32_t number : {crc, size}) {
    for (int shift = 0; shift < 32; shift += 8)
      trailer.push_back(static_cast<char>(number >> shift));
  }
  output.Write(trailer);
}

std::string Gzip(std::string_view bytes) {
  std::string packed;
  GzipOutput gzip(std::make_unique<StringOutput>(packed));
  gzip.Write(bytes);
  gzip.Finish();
  return packed;
}

}  // namespace octo::sample
