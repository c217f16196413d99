#include "storage/s3_store.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "base/error.h"
#include "net/http_date.h"
#include "storage/backoff.h"
#include "storage/object_key.h"
#include "storage/s3_source.h"

namespace octo::storage {
namespace {

constexpr const char* kStore = "storage";
constexpr const char* kPublish = "publish";
constexpr std::string_view kMetadata = "x-amz-meta-";

std::string Found(const Metadata& metadata, const std::string& name) {
  const auto found = metadata.find(name);
  return found == metadata.end() ? std::string() : found->second;
}

// Whether what stands at the key is this object: written by the attempt, or the same bytes for the
// same delivery by another attempt, which happens when an answer to the first was lost.
bool IsOurs(const ObjectInfo& standing, const stream::PreparedObject& object,
            const HeldObject* held) {
  if (standing.bytes != object.bytes) return false;
  const std::string sha256 = Found(standing.metadata, "octo-sha256");
  if (!sha256.empty() && sha256 != object.sha256) return false;
  if (Found(standing.metadata, "octo-attempt") == object.attempt) return true;
  if (!object.in_memory || sha256.empty()) return false;
  const std::string delivery = Found(standing.metadata, "octo-delivery");
  return !delivery.empty() &&
         (held == nullptr || Found(held->options.metadata, "octo-delivery") == delivery);
}

bool Holds(const stream::Precondition& precondition, const std::optional<ObjectInfo>& standing) {
  switch (precondition.kind) {
    case stream::Precondition::Kind::kNone:
      return true;
    case stream::Precondition::Kind::kAbsent:
      return !standing;
    case stream::Precondition::Kind::kMatches:
      break;
  }
  return standing && standing->etag == precondition.etag;
}

}  // namespace

S3Store::S3Store(const S3Options& options, WallClock clock)
    : client_(std::make_shared<S3Client>(options, std::move(clock))), uploads_(*client_) {}

std::string S3Store::Url() const {
  const S3Options& options = client_->options();
  return fmt::format("s3://{}{}{}", options.bucket, options.prefix.empty() ? "" : "/",
                     options.prefix);
}

std::unique_ptr<stream::Sink> S3Store::Create(const std::string& key, CreateOptions options,
                                              const stream::Context& context) {
  context.ThrowIfStopped("upload");
  CheckKey(key);
  const auto hold = [this](const stream::PreparedObject& object, HeldObject held) {
    const std::lock_guard lock(mutex_);
    held_[{object.attempt, object.key}] = std::make_shared<const HeldObject>(std::move(held));
  };
  return std::make_unique<S3Sink>(
      S3Sink::Shared{uploads_, client_->options(), parts_in_flight_, hold}, key, std::move(options),
      context);
}

PublishResult S3Store::Published(const stream::PreparedObject& object,
                                 const std::string& etag) const {
  return {PublishResult::Outcome::kPublished,
          {object.key, uploads_.UrlOf(object.key), etag, object.bytes, object.sha256},
          {}};
}

std::shared_ptr<const HeldObject> S3Store::Held(const stream::PreparedObject& object) {
  const std::lock_guard lock(mutex_);
  const auto found = held_.find({object.attempt, object.key});
  return found == held_.end() ? nullptr : found->second;
}

void S3Store::Forget(const stream::PreparedObject& object) {
  const std::lock_guard lock(mutex_);
  held_.erase({object.attempt, object.key});
}

PublishResult S3Store::Publish(const stream::PreparedObject& object,
                               const stream::Context& context) {
  context.ThrowIfStopped(kPublish);
  CheckKey(object.key);
  const auto held = object.in_memory ? Held(object) : nullptr;
  Backoff backoff(client_->options().tries);
  do {
    if (auto result = TryPublish(object, held.get(), context)) {
      Forget(object);
      if (result->outcome == PublishResult::Outcome::kPublished)
        uploads_.DropTwins(object.key, context);
      return *std::move(result);
    }
  } while (backoff.WaitForNext(context, kPublish));
  throw Error(
      ErrorKind::kTransient, ErrorScope::kDelivery, kPublish,
      fmt::format("others kept changing {} while it was published", uploads_.UrlOf(object.key)));
}

// nullopt: the store refused, and by now there is no reason left for that.
std::optional<PublishResult> S3Store::TryPublish(const stream::PreparedObject& object,
                                                 const HeldObject* held,
                                                 const stream::Context& context) {
  if (!object.in_memory)
    return Settle(object, uploads_.Complete(object, context).fault, nullptr, context);
  if (held == nullptr) return Settle(object, {.status = 404}, nullptr, context);
  const S3Answer answer = uploads_.Put(object, held->options, held->bytes.Pieces(), context);
  if (answer.is_fault()) return Settle(object, answer.fault, held, context);
  return Published(object, Unquoted(answer.response.Header("etag")));
}

// What became of a publication is decided by what stands at the key, for the answer may be that to
// a repetition of a call that had succeeded.
std::optional<PublishResult> S3Store::Settle(const stream::PreparedObject& object,
                                             const ServiceFault& fault, const HeldObject* held,
                                             const stream::Context& context) {
  const std::string url = uploads_.UrlOf(object.key);
  const auto standing = Stat(object.key, context);
  if (standing && IsOurs(*standing, object, held)) return Published(object, standing->etag);
  if (!Holds(object.precondition, standing)) {
    Abandon(object, context);  // after a failed precondition the upload stays open
    return PublishResult{PublishResult::Outcome::kConflict,
                         {},
                         standing ? fmt::format("another object stands at {}", url)
                                  : fmt::format("{} was to be replaced, and it is gone", url)};
  }
  const bool was_refused =
      fault.status == 409 || fault.status == 412 || (held != nullptr && fault.status == 404);
  if (was_refused) return std::nullopt;
  return PublishResult{
      PublishResult::Outcome::kLost, {}, fmt::format("what was uploaded for {} is gone", url)};
}

void S3Store::Abandon(const stream::PreparedObject& object, const stream::Context& context) {
  CheckKey(object.key);
  if (object.in_memory) {
    Forget(object);
  } else {
    uploads_.Abort(object.key, object.handle, context);
  }
}

void S3Store::AbandonAttempts(const std::string& key, const std::vector<std::string>& keep,
                              const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(held_, [&](const auto& entry) { return entry.first.second == key; });
  }
  // A part that arrives while its upload is dropped can keep the upload alive: look again until
  // nothing is left.
  constexpr int kMostRounds = 5;
  for (int round = 0; round < kMostRounds; ++round) {
    bool found = false;
    for (const auto& id : uploads_.IdsOf(key, context)) {
      if (std::find(keep.begin(), keep.end(), id) != keep.end()) continue;
      uploads_.Abort(key, id, context);
      found = true;
    }
    if (!found) return;
  }
}

std::unique_ptr<stream::Source> S3Store::Open(const std::string& key, ByteRange range,
                                              const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  return std::make_unique<S3Source>(client_, uploads_.FullKey(key), uploads_.UrlOf(key), range,
                                    context);
}

std::optional<ObjectInfo> S3Store::Stat(const std::string& key, const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  S3Call call{kStore, fmt::format("look at {}", uploads_.UrlOf(key)), "HEAD",
              uploads_.FullKey(key)};
  call.is_answer = [](const ServiceFault& fault) { return fault.status == 404; };
  const S3Answer answer = client_->Send(call, context);
  if (answer.is_fault()) return std::nullopt;
  const net::Response& head = answer.response;
  ObjectInfo info;
  info.key = key;
  const std::string& length = head.Header("content-length");
  std::from_chars(length.data(), length.data() + length.size(), info.bytes);
  info.etag = Unquoted(head.Header("etag"));
  info.modified = net::ParseHttpDate(head.Header("last-modified")).value_or(WallTime{});
  for (const auto& [name, value] : head.headers) {
    if (name.starts_with(kMetadata)) info.metadata[name.substr(kMetadata.size())] = value;
  }
  return info;
}

void S3Store::List(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit,
                   const stream::Context& context) {
  context.ThrowIfStopped("list");
  S3Call call{"list", fmt::format("list {}", uploads_.UrlOf(prefix))};
  const size_t own_prefix_bytes = uploads_.FullKey("").size();
  std::string token;
  do {
    call.query = {
        {"list-type", "2"}, {"prefix", uploads_.FullKey(prefix)}, {"encoding-type", "url"}};
    if (!token.empty()) call.query.emplace_back("continuation-token", token);
    ObjectPage page = ParseObjectPage(client_->Send(call, context).response.body);
    for (auto& info : page.objects) {
      info.key.erase(0, own_prefix_bytes);
      if (info.key.empty() || info.key.ends_with('/'))
        continue;  // the empty objects by which consoles draw folders
      context.ThrowIfStopped("list");
      if (!visit(info)) return;
    }
    token = page.next;
  } while (!token.empty());
}

void S3Store::Remove(const std::string& key, const stream::Precondition& precondition,
                     const stream::Context& context) {
  context.ThrowIfStopped(kStore);
  CheckKey(key);
  S3Call call{kStore, fmt::format("remove {}", uploads_.UrlOf(key)), "DELETE",
              uploads_.FullKey(key)};
  call.is_answer = [](const ServiceFault& fault) {
    return fault.status == 404 || fault.status == 412;
  };
  bool is_other = false;
  if (precondition.kind == stream::Precondition::Kind::kMatches) {
    // Looked at first, for not every store knows conditional removal.
    const auto standing = Stat(key, context);
    if (!standing) return;
    is_other = standing->etag != precondition.etag;
    call.headers = PreconditionHeaders(precondition);
  }
  if (is_other || client_->Send(call, context).fault.status == 412) {
    throw Error(ErrorKind::kConflict, ErrorScope::kDelivery, kStore,
                fmt::format("{} is another object than the one that was to be removed",
                            uploads_.UrlOf(key)));
  }
}

}  // namespace octo::storage
