#include "codec/input.h"

#include <algorithm>
#include <cstring>

namespace octo::codec {

Input::Input(std::unique_ptr<stream::Source> source, const stream::Context& context)
    : source_(std::move(source)), context_(context), buffer_(kMostGivenBack + kCapacity) {}

bool Input::Fill() {
  if (ended_) return false;
  context_.ThrowIfStopped("unpack");
  if (begin_ > kMostGivenBack) {
    const size_t kept = begin_ - kMostGivenBack;
    std::memmove(buffer_.data(), buffer_.data() + kept, end_ - kept);
    begin_ -= kept;
    end_ -= kept;
  }
  const size_t bytes = source_->Read(std::span(buffer_).subspan(end_));
  end_ += bytes;
  ended_ = bytes == 0;
  return !ended_;
}

std::span<const std::byte> Input::Peek(size_t bytes) {
  while (end_ - begin_ < bytes && Fill()) {
  }
  return Buffered();
}

void Input::Advance(std::ptrdiff_t bytes) {
  begin_ = static_cast<size_t>(static_cast<std::ptrdiff_t>(begin_) + bytes);
  position_ += static_cast<uint64_t>(bytes);
}

size_t Input::Read(std::span<std::byte> buffer) {
  size_t bytes = std::min(buffer.size(), end_ - begin_);
  if (bytes > 0) {
    std::memcpy(buffer.data(), buffer_.data() + begin_, bytes);
    begin_ += bytes;
  } else if (!ended_) {
    context_.ThrowIfStopped("unpack");
    bytes = source_->Read(buffer);
    ended_ = bytes == 0;
  }
  position_ += bytes;
  return bytes;
}

}  // namespace octo::codec
