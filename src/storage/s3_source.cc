#include "storage/s3_source.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/error.h"

namespace octo::storage {
namespace {

constexpr const char* kStage = "storage";
// How often in a row a connection may end without a byte before the source gives up. Each is a
// whole call with all its tries.
constexpr int kMostCuts = 3;

std::optional<uint64_t> Number(std::string_view text) {
  uint64_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

S3Source::S3Source(std::shared_ptr<S3Client> client, std::string key, std::string url,
                   ByteRange range, const stream::Context& context)
    : client_(std::move(client)),
      key_(std::move(key)),
      url_(std::move(url)),
      context_(context),
      offset_(range.offset),
      left_(range.bytes) {
  Connect();
}

// Opens the answer at offset_. Afterwards left_ is known, and there is no stream if it is 0.
void S3Source::Connect() {
  S3Call call{kStage, fmt::format("read {}", url_), "GET", key_};
  call.buffer_body = false;
  const bool is_first = etag_.empty();
  // No range can ask for nothing: one byte is asked for, to know whether the object is there.
  const bool wants_nothing = left_ == 0;
  const std::string last = left_ ? std::to_string(offset_ + (wants_nothing ? 0 : *left_ - 1)) : "";
  if (offset_ > 0 || left_) call.headers["range"] = fmt::format("bytes={}-{}", offset_, last);
  if (!is_first) call.headers["if-match"] = fmt::format("\"{}\"", etag_);
  call.is_answer = [](const ServiceFault& fault) {
    return fault.status == 404 || fault.status == 412 || fault.status == 416;
  };
  S3Answer answer = client_->Send(call, context_);
  if (answer.fault.status == 416 && is_first) {  // the range begins at or behind the end
    left_ = 0;
    return;
  }
  if (answer.is_fault()) {
    throw is_first ? Error(ErrorKind::kPermanent, ErrorScope::kDelivery, kStage,
                           fmt::format("there is no object {}", url_))
                   : Error(ErrorKind::kTransient, ErrorScope::kDelivery, kStage,
                           fmt::format("{} was replaced or removed while it was read", url_));
  }
  if (is_first) LearnLength(answer.response);
  if (wants_nothing) left_ = 0;
  if (*left_ > 0) stream_ = std::move(answer.stream);
}

void S3Source::LearnLength(const net::Response& head) {
  const auto length = Number(head.Header("content-length"));
  const bool is_whole = head.status == 200 && offset_ > 0;
  if (!length || is_whole) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kDestination, kStage,
                fmt::format("cannot read {}: the store {}", url_,
                            is_whole ? "ignores ranges" : "tells no length"),
                "check the endpoint: something that is no S3 service may have answered");
  }
  left_ = std::min(*length, left_.value_or(*length));
  etag_ = Unquoted(head.Header("etag"));
}

size_t S3Source::Read(std::span<std::byte> buffer) {
  if (error_) std::rethrow_exception(error_);
  try {
    return ReadSome(buffer);
  } catch (...) {
    error_ = std::current_exception();
    throw;
  }
}

size_t S3Source::ReadSome(std::span<std::byte> buffer) {
  context_.ThrowIfStopped(kStage);
  while (*left_ > 0) {
    try {
      if (!stream_) Connect();
      const uint64_t wanted = std::min<uint64_t>(buffer.size(), *left_);
      if (const size_t count = stream_->Read(buffer.first(static_cast<size_t>(wanted)));
          count > 0) {
        offset_ += count;
        *left_ -= count;
        cuts_ = 0;
        if (context_.progress != nullptr) context_.progress->bytes += count;
        return count;
      }
      throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, kStage,
                  fmt::format("{} ended too early", url_));
    } catch (const Error& error) {
      stream_.reset();
      if (error.kind != ErrorKind::kTransient || etag_.empty() || ++cuts_ >= kMostCuts) throw;
    }
  }
  if (stream_) {
    std::byte none{};
    stream_->Read(
        {&none, 1});  // sees the end of the answer, so that its connection can be used again
    stream_.reset();
  }
  return 0;
}

}  // namespace octo::storage
