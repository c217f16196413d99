#pragma once

#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "storage/object_store.h"
#include "storage/s3_client.h"

namespace octo::storage {

// The calls that write objects, as plain functions of one bucket under its prefix. Thread-safe.
// Keys are the store's, without the prefix.
class S3Uploads {
 public:
  explicit S3Uploads(S3Client& client) : client_(client) {}

  // Begins a multipart upload; its id.
  std::string Begin(const std::string& key, const CreateOptions& options,
                    const stream::Context& context);
  // Sends one part and compares what the store says it got.
  stream::UploadedPart SendPart(const std::string& key, const std::string& upload, int number,
                                const std::vector<std::span<const std::byte>>& pieces,
                                const stream::Context& context);
  // Ends it. Any fault of status 404, 409, 412 and InvalidPart is an answer.
  S3Answer Complete(const stream::PreparedObject& object, const stream::Context& context);
  // Drops it with all its parts; fine if it is gone. `tries`: 0 for those of the options.
  void Abort(const std::string& key, const std::string& upload, const stream::Context& context,
             int tries = 0);
  // The ids of all uploads of exactly this key.
  std::vector<std::string> IdsOf(const std::string& key, const stream::Context& context,
                                 int tries = 0);
  // Writes an object whole. Faults of status 404, 409 and 412 are answers.
  S3Answer Put(const stream::PreparedObject& object, const CreateOptions& options,
               const std::vector<std::span<const std::byte>>& pieces,
               const stream::Context& context);

  // After the key's upload was completed: drops those that were begun for it by calls whose answers
  // were lost. Asks the store only when that may have happened.
  void DropTwins(const std::string& key, const stream::Context& context);

  // With the store's prefix.
  std::string FullKey(const std::string& key) const;
  // "s3://bucket/prefix/key"
  std::string UrlOf(const std::string& key) const;

 private:
  net::Headers ObjectHeaders(const CreateOptions& options) const;

  S3Client& client_;
  std::mutex mutex_;
  std::set<std::string> begun_twice_;
};

// The headers of a precondition; none for kNone.
net::Headers PreconditionHeaders(const stream::Precondition& precondition);

}  // namespace octo::storage
