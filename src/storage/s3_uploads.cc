#include "storage/s3_uploads.h"

#include <fmt/core.h>

#include <utility>

#include "base/error.h"
#include "crypto/crc32c.h"
#include "crypto/digest.h"

namespace octo::storage {
namespace {

constexpr const char* kChecksumHeader = "x-amz-checksum-crc32c";
constexpr const char* kUpload = "upload";
constexpr const char* kPublish = "publish";

std::string Checksum(const std::vector<std::span<const std::byte>>& pieces) {
  crypto::Crc32c crc;
  for (const auto& piece : pieces) crc.Update(piece);
  return crypto::Base64(crc.BigEndian());
}

bool IsAboutTheObject(const ServiceFault& fault) {
  return fault.status == 404 || fault.status == 409 || fault.status == 412 ||
         fault.code == "InvalidPart" || fault.code == "InvalidPartOrder";
}

}  // namespace

net::Headers PreconditionHeaders(const stream::Precondition& precondition) {
  switch (precondition.kind) {
    case stream::Precondition::Kind::kNone:
      return {};
    case stream::Precondition::Kind::kAbsent:
      return {{"if-none-match", "*"}};
    case stream::Precondition::Kind::kMatches:
      break;
  }
  return {{"if-match", fmt::format("\"{}\"", precondition.etag)}};
}

std::string S3Uploads::FullKey(const std::string& key) const {
  const std::string& prefix = client_.options().prefix;
  return prefix.empty() ? key : prefix + "/" + key;
}

std::string S3Uploads::UrlOf(const std::string& key) const {
  return fmt::format("s3://{}/{}", client_.options().bucket, FullKey(key));
}

net::Headers S3Uploads::ObjectHeaders(const CreateOptions& options) const {
  const S3Options& store = client_.options();
  net::Headers headers = {{"content-type", options.content_type}};
  for (const auto& [name, value] : options.metadata) headers["x-amz-meta-" + name] = value;
  headers["x-amz-meta-octo-attempt"] = options.attempt;
  if (!store.sse.empty()) headers["x-amz-server-side-encryption"] = store.sse;
  if (!store.kms_key_id.empty())
    headers["x-amz-server-side-encryption-aws-kms-key-id"] = store.kms_key_id;
  if (!store.storage_class.empty()) headers["x-amz-storage-class"] = store.storage_class;
  return headers;
}

std::string S3Uploads::Begin(const std::string& key, const CreateOptions& options,
                             const stream::Context& context) {
  S3Call call{kUpload,
              fmt::format("begin the upload of {}", UrlOf(key)),
              "POST",
              FullKey(key),
              {{"uploads", ""}}};
  call.headers = ObjectHeaders(options);
  call.headers["x-amz-checksum-algorithm"] = "CRC32C";
  const S3Answer answer = client_.Send(call, context);
  if (answer.was_repeated) {
    const std::lock_guard lock(mutex_);
    begun_twice_.insert(key);
  }
  return ParseUploadId(answer.response.body);
}

void S3Uploads::DropTwins(const std::string& key, const stream::Context& context) {
  {
    const std::lock_guard lock(mutex_);
    if (begun_twice_.erase(key) == 0) return;
  }
  for (const auto& id : IdsOf(key, context)) Abort(key, id, context);
}

stream::UploadedPart S3Uploads::SendPart(const std::string& key, const std::string& upload,
                                         int number,
                                         const std::vector<std::span<const std::byte>>& pieces,
                                         const stream::Context& context) {
  stream::UploadedPart part;
  part.number = number;
  part.checksum = Checksum(pieces);
  for (const auto& piece : pieces) part.bytes += piece.size();
  S3Call call{kUpload, fmt::format("upload part {} of {}", number, UrlOf(key)), "PUT",
              FullKey(key)};
  call.query = {{"partNumber", std::to_string(number)}, {"uploadId", upload}};
  call.headers = {{kChecksumHeader, part.checksum}};
  call.body = pieces;
  const S3Answer answer = client_.Send(call, context);
  part.etag = Unquoted(answer.response.Header("etag"));
  const std::string& theirs = answer.response.Header(kChecksumHeader);
  if (part.etag.empty() || (!theirs.empty() && theirs != part.checksum)) {
    throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, kUpload,
                fmt::format("cannot {}: the store got other bytes than were sent", call.doing));
  }
  return part;
}

S3Answer S3Uploads::Complete(const stream::PreparedObject& object, const stream::Context& context) {
  const std::string document = CompletionDocument(object.parts);
  S3Call call{kPublish, fmt::format("publish {}", UrlOf(object.key)), "POST", FullKey(object.key)};
  call.query = {{"uploadId", object.handle}};
  call.headers = PreconditionHeaders(object.precondition);
  call.headers["content-type"] = "application/xml";
  call.body = {std::as_bytes(std::span(document))};
  call.is_answer = IsAboutTheObject;
  return client_.Send(call, context);
}

void S3Uploads::Abort(const std::string& key, const std::string& upload,
                      const stream::Context& context, int tries) {
  S3Call call{kUpload, fmt::format("abort an upload of {}", UrlOf(key)), "DELETE", FullKey(key)};
  call.query = {{"uploadId", upload}};
  call.is_answer = [](const ServiceFault& fault) { return fault.status == 404; };
  call.tries = tries;
  client_.Send(call, context);
}

std::vector<std::string> S3Uploads::IdsOf(const std::string& key, const stream::Context& context,
                                          int tries) {
  S3Call call{"storage", fmt::format("list the uploads of {}", UrlOf(key))};
  call.tries = tries;
  std::vector<std::string> ids;
  std::string after_key, after_id;
  while (true) {
    call.query = {{"uploads", ""}, {"prefix", FullKey(key)}, {"encoding-type", "url"}};
    if (!after_key.empty()) call.query.emplace_back("key-marker", after_key);
    if (!after_id.empty()) call.query.emplace_back("upload-id-marker", after_id);
    const UploadPage page = ParseUploadPage(client_.Send(call, context).response.body);
    for (const auto& upload : page.uploads) {
      if (upload.key == FullKey(key)) ids.push_back(upload.id);
    }
    if (page.is_last || (page.next_key == after_key && page.next_id == after_id)) return ids;
    after_key = page.next_key;
    after_id = page.next_id;
  }
}

S3Answer S3Uploads::Put(const stream::PreparedObject& object, const CreateOptions& options,
                        const std::vector<std::span<const std::byte>>& pieces,
                        const stream::Context& context) {
  S3Call call{kPublish, fmt::format("write {}", UrlOf(object.key)), "PUT", FullKey(object.key)};
  call.headers = PreconditionHeaders(object.precondition);
  call.headers.merge(ObjectHeaders(options));
  call.headers["x-amz-meta-octo-sha256"] = object.sha256;
  call.headers[kChecksumHeader] = Checksum(pieces);
  call.body = pieces;
  call.body_sha256 = object.sha256;
  call.is_answer = IsAboutTheObject;
  S3Answer answer = client_.Send(call, context);
  const std::string& theirs = answer.response.Header(kChecksumHeader);
  if (!answer.is_fault() && !theirs.empty() && theirs != call.headers[kChecksumHeader]) {
    throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, kPublish,
                fmt::format("cannot {}: the store got other bytes than were sent", call.doing));
  }
  return answer;
}

}  // namespace octo::storage
