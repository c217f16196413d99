#include "pipeline/landing.h"

#include <fmt/core.h>

#include <utility>

#include "base/log.h"
#include "pipeline/fault_point.h"

namespace octo::pipeline {
namespace {

Error ForeignObject(const std::string& url, const std::string& detail) {
  return {ErrorKind::kConflict, ErrorScope::kDelivery, "publish",
          fmt::format("an object that is not this delivery's stands at {}{}{}", url,
                      detail.empty() ? "" : ": ", detail),
          "move it away, or choose another layout, then `octo replay` the delivery"};
}

}  // namespace

Landing::Landing(const Site& site, const ledger::Claim& claim, stream::Context context)
    : site_(site), claim_(claim), context_(std::move(context)) {
  if (!claim.roll_forward) return;
  prepared_ = claim.prepared;
  committed_ = true;
}

Landing::~Landing() {
  if (committed_) return;
  try {
    Abandon();
  } catch (const std::exception& error) {
    log::Debug("could not remove what attempt {} left, recovery will: {}", claim_.attempt,
               error.what());
  }
}

void Landing::CleanUp() {
  std::vector<std::string> keep;
  for (const auto& entry : prepared_) keep.push_back(entry.object.handle);
  for (const auto& key : claim_.leftover_keys) site_.store.AbandonAttempts(key, keep, context_);
  if (!claim_.leftover_keys.empty()) site_.ledger.Cleaned(claim_);
}

stream::Precondition Landing::PreconditionFor(const std::string& key) const {
  const auto standing = site_.store.Stat(key, context_);
  if (!standing) return {.kind = stream::Precondition::Kind::kAbsent};
  const std::string url = site_.store.Url() + "/" + key;
  // Ours, by a worker that was taken for dead and published late: the same file, so it may be
  // written over.
  const auto delivery = standing->metadata.find("octo-delivery");
  if (delivery != standing->metadata.end() && delivery->second == claim_.delivery.id) {
    return {.kind = stream::Precondition::Kind::kMatches, .etag = standing->etag};
  }
  if (site_.provider.on_new_version == provider::OnNewVersion::kReplace) {
    if (const auto etag = EtagOfEarlierVersion(url))
      return {stream::Precondition::Kind::kMatches, *etag};
  }
  throw ForeignObject(url, "");
}

std::optional<std::string> Landing::EtagOfEarlierVersion(const std::string& url) const {
  const auto owner = site_.ledger.OwnerOfUrl(url);
  const auto delivery = owner ? site_.ledger.Find(*owner) : std::nullopt;
  if (!delivery || delivery->path != claim_.delivery.path) return std::nullopt;
  for (const auto& object : site_.ledger.Objects(*owner)) {
    if (object.url == url) return object.etag;
  }
  return std::nullopt;
}

stream::Sink& Landing::Create(const std::string& key, const std::string& entry,
                              const std::string& content_type, bool lone) {
  storage::CreateOptions options;
  options.content_type = content_type;
  options.attempt = claim_.attempt;
  options.metadata = {{"octo-delivery", claim_.delivery.id}, {"octo-attempt", claim_.attempt}};
  options.precondition = PreconditionFor(key);
  options.may_hold_in_memory = lone;
  site_.ledger.RecordKey(claim_, key);
  FaultPoint("key-recorded");
  entry_ = entry;
  sink_ = site_.store.Create(key, std::move(options), context_);
  return *sink_;
}

const stream::PreparedObject& Landing::Prepare() {
  auto object = sink_->Prepare();
  std::string url = site_.store.Url() + "/" + object.key;
  prepared_.push_back({std::move(object), entry_, std::move(url)});
  sink_.reset();
  FaultPoint("object-prepared");
  return prepared_.back().object;
}

void Landing::Abandon() {
  sink_.reset();
  // Exactly what this attempt made, and also after a stop was requested: another worker may be at
  // the same keys.
  stream::Context context = context_;
  context.stop = {};
  for (const auto& entry : std::exchange(prepared_, {})) site_.store.Abandon(entry.object, context);
}

void Landing::Commit(const std::string& content, const std::string& facts) {
  FaultPoint("before-commit");
  site_.ledger.Committing(claim_, prepared_, content, facts);
  committed_ = true;
  FaultPoint("committed");
}

bool Landing::Publish() {
  for (const auto& [object, entry, url] : prepared_) {
    auto result = site_.store.Publish(object, context_);
    switch (result.outcome) {
      case storage::PublishResult::Outcome::kPublished:
        break;
      case storage::PublishResult::Outcome::kLost:
        site_.ledger.Lost(claim_, result.detail);
        return false;
      case storage::PublishResult::Outcome::kConflict:
        throw ForeignObject(url, result.detail);
    }
    published_.push_back({.key = object.key,
                          .url = url,
                          .etag = result.receipt.etag,
                          .bytes = object.bytes,
                          .sha256 = object.sha256,
                          .entry = entry});
    FaultPoint("object-published");
  }
  FaultPoint("all-published");
  return true;
}

std::vector<ledger::ObjectRecord> Landing::Finish(const std::vector<ledger::OutboxItem>& outbox) {
  site_.ledger.Landed(claim_, published_, outbox);
  FaultPoint("landed");
  return published_;
}

}  // namespace octo::pipeline
