#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "storage/object_store.h"
#include "storage/s3_client.h"
#include "storage/s3_sink.h"
#include "storage/s3_uploads.h"

namespace octo::storage {

// Objects in an S3 bucket, or in any store that speaks its API. An object is a multipart upload
// until it is completed under its precondition; a small lone one may be held in memory and is then
// written by one conditional PUT. An object is known as ours by its metadata "octo-attempt".
class S3Store final : public ObjectStore {
 public:
  // Reads the AWS shared files; asks nothing over the network. Throws kUsage of destination scope
  // for settings that can't work.
  explicit S3Store(const S3Options& options, WallClock clock = SystemNow);

  std::unique_ptr<stream::Sink> Create(const std::string& key, CreateOptions options,
                                       const stream::Context& context) override;
  PublishResult Publish(const stream::PreparedObject& object,
                        const stream::Context& context) override;
  void Abandon(const stream::PreparedObject& object, const stream::Context& context) override;
  void AbandonAttempts(const std::string& key, const std::vector<std::string>& keep,
                       const stream::Context& context) override;
  std::unique_ptr<stream::Source> Open(const std::string& key, ByteRange range,
                                       const stream::Context& context) override;
  // A missing bucket looks like a missing object here (HTTP has no body for HEAD); List tells them
  // apart.
  std::optional<ObjectInfo> Stat(const std::string& key, const stream::Context& context) override;
  void List(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit,
            const stream::Context& context) override;
  void Remove(const std::string& key, const stream::Precondition& precondition,
              const stream::Context& context) override;
  std::string Url() const override;

 private:
  using HeldKey = std::pair<std::string, std::string>;  // attempt and key

  std::shared_ptr<const HeldObject> Held(const stream::PreparedObject& object);
  void Forget(const stream::PreparedObject& object);
  std::optional<PublishResult> TryPublish(const stream::PreparedObject& object,
                                          const HeldObject* held, const stream::Context& context);
  std::optional<PublishResult> Settle(const stream::PreparedObject& object,
                                      const ServiceFault& fault, const HeldObject* held,
                                      const stream::Context& context);
  PublishResult Published(const stream::PreparedObject& object, const std::string& etag) const;

  const std::shared_ptr<S3Client> client_;
  S3Uploads uploads_;
  std::atomic<size_t> parts_in_flight_ = 0;
  std::mutex mutex_;
  std::map<HeldKey, std::shared_ptr<const HeldObject>> held_;
};

}  // namespace octo::storage
