#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <string>

#include "storage/object_store.h"
#include "storage/s3_client.h"

namespace octo::storage {

// A range of an object. A connection that is cut in the middle is opened again where it ended, and
// only for the very same object (If-Match); the end is verified against the length that the store
// declared first.
class S3Source final : public stream::Source {
 public:
  // Asks for the object at once, so that a missing one is noticed here.
  S3Source(std::shared_ptr<S3Client> client, std::string key, std::string url, ByteRange range,
           const stream::Context& context);

  size_t Read(std::span<std::byte> buffer) override;

 private:
  void Connect();
  size_t ReadSome(std::span<std::byte> buffer);
  void LearnLength(const net::Response& head);

  const std::shared_ptr<S3Client> client_;
  const std::string key_;
  const std::string url_;
  const stream::Context context_;
  uint64_t offset_;
  std::optional<uint64_t> left_;  // absent until the store has told
  std::string etag_;
  int cuts_ = 0;  // since the last byte
  std::unique_ptr<net::ResponseStream> stream_;
  std::exception_ptr error_;
};

}  // namespace octo::storage
