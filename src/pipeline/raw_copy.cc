#include "pipeline/raw_copy.h"

#include <fmt/core.h>

#include "provider/naming.h"
#include "provider/object_key.h"

namespace octo::pipeline {

namespace {

std::string RawKey(const Site& site, const ledger::Delivery& delivery) {
  if (site.provider.keep_raw.empty()) return {};
  const std::string name =
      provider::WithVersion(provider::EscapeKeyPart(delivery.path), delivery.version);
  return provider::ExpandLayout(site.provider, site.provider.keep_raw,
                                {.provider = site.provider.name,
                                 .remote_name = delivery.path,
                                 .final_name = name,
                                 .delivery = delivery.id,
                                 .attempt = "",
                                 .version = delivery.version,
                                 .modified = delivery.modified});
}

}  // namespace

bool RawCopyExists(const Site& site, const ledger::Delivery& delivery,
                   const stream::Context& context) {
  const std::string key = RawKey(site, delivery);
  const auto standing = key.empty() ? std::nullopt : site.store.Stat(key, context);
  return standing && standing->bytes == delivery.bytes;
}

RawCopy::RawCopy(const Site& site, const ledger::Claim& claim, const stream::Context& context)
    : site_(site),
      claim_(claim),
      context_(context),
      key_(RawKey(site, claim.delivery)),
      exists_(RawCopyExists(site, claim.delivery, context)) {}

std::unique_ptr<stream::Source> RawCopy::Open() const {
  return site_.store.Open(key_, {}, context_);
}

stream::Sink* RawCopy::sink() {
  if (key_.empty() || exists_) return nullptr;
  if (!sink_) {
    site_.ledger.RecordKey(claim_, key_);
    storage::CreateOptions options;
    options.attempt = claim_.attempt;
    options.metadata = {{"octo-delivery", claim_.delivery.id}, {"octo-attempt", claim_.attempt}};
    options.precondition = {
        .kind = stream::Precondition::Kind::kNone};  // a copy of other size is an older sending's
    options.expected_bytes = claim_.delivery.bytes;
    options.may_hold_in_memory = true;
    sink_ = site_.store.Create(key_, std::move(options), context_);
  }
  return sink_.get();
}

void RawCopy::Publish() {
  if (!sink_) return;
  const auto prepared = sink_->Prepare();
  const auto result = site_.store.Publish(prepared, context_);
  sink_.reset();
  if (result.outcome != storage::PublishResult::Outcome::kPublished) {
    throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, "keep_raw",
                fmt::format("the raw copy could not be published at {}: {}", key_, result.detail));
  }
  exists_ = true;
}

}  // namespace octo::pipeline
