#pragma once

#include <memory>
#include <string_view>

#include "output.h"

namespace octo::sample {

// Compresses into one gzip member (RFC 1952; no name, no time) with ISA-L, which is fast enough not
// to dominate a benchmark. The compressed bytes may differ between processors, what they unpack to
// does not.
class GzipOutput : public Output {
 public:
  explicit GzipOutput(std::unique_ptr<Output> packed);
  ~GzipOutput() override;

  void Write(std::string_view bytes) override;
  void Finish() override;

 private:
  struct State;
  void Deflate(std::string_view bytes, bool last);

  std::unique_ptr<Output> packed_;
  std::unique_ptr<State> state_;
};

// A gzip member of `bytes` zeros, made at once whatever the size: the same compressed block again
// and again.
void WriteGzipOfZeros(Output& output, uint64_t bytes);

std::string Gzip(std::string_view bytes);

}  // namespace octo::sample
