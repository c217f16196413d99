#include "pipeline/outbox.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/log.h"
#include "pipeline/facts.h"
#include "pipeline/fault_point.h"

namespace octo::pipeline {
namespace {

constexpr int kItemsAtOnce = 64;

void WriteManifest(const Site& site, const ledger::Delivery& delivery, bool interrupted,
                   const stream::Context& context) {
  const std::string text =
      ManifestJson(delivery, site.ledger.Objects(delivery.id), site.remote.Url());
  const std::string key = ManifestKey(delivery, delivery.landed.value_or(site.ledger.Now()));
  if (interrupted) site.store.AbandonAttempts(key, {}, context);
  const auto sink = site.store.Create(key,
                                      {.content_type = "application/json",
                                       .metadata = {{"octo-delivery", delivery.id}},
                                       .attempt = delivery.id,
                                       .precondition = {.kind = stream::Precondition::Kind::kNone},
                                       .may_hold_in_memory = true},
                                      context);
  sink->Write(std::as_bytes(std::span(text)));
  const auto prepared = sink->Prepare();
  FaultPoint("manifest-prepared");
  const auto result = site.store.Publish(prepared, context);
  if (result.outcome != storage::PublishResult::Outcome::kPublished) {
    throw Error(ErrorKind::kTransient, ErrorScope::kDelivery, "manifest", result.detail);
  }
}

// Whether the vendor's file is still the one that landed: only then is it ours to delete or move.
bool IsStillThere(const Site& site, const ledger::Delivery& delivery,
                  const stream::Context& context) {
  const auto standing = site.remote.Stat(delivery.path, context);
  return standing && standing->bytes == delivery.bytes && standing->modified == delivery.modified;
}

void Do(const Site& site, const ledger::OutboxItem& item, const stream::Context& context) {
  const auto delivery = site.ledger.Find(item.delivery);
  if (!delivery) return;
  if (item.action == "manifest") {
    WriteManifest(site, *delivery, item.interrupted, context);
  } else if (!IsStillThere(site, *delivery, context)) {
    log::Info("{} has changed or gone since it landed: left alone ({})", delivery->path,
              item.action);
  } else if (item.action == "remote-delete") {
    site.remote.Remove(delivery->path, context);
  } else if (item.action == "remote-move") {
    site.remote.Rename(delivery->path, item.payload + "/" + delivery->path, context);
  } else {
    throw Error(ErrorKind::kBug, ErrorScope::kDelivery, "outbox",
                fmt::format("unknown action {}", item.action));
  }
}

}  // namespace

int WorkThroughOutbox(const Site& site, const stream::Context& context) {
  int failures = 0;
  while (true) {
    const auto items = site.ledger.ClaimOutbox(site.provider.name, kItemsAtOnce, site.lease);
    if (items.empty()) return failures;
    for (const auto& item : items) {
      context.ThrowIfStopped("outbox");
      try {
        Do(site, item, context);
        site.ledger.OutboxDone(item.id);
      } catch (const Error& error) {
        if (error.kind == ErrorKind::kCancelled) throw;
        ++failures;
        const auto pause =
            std::chrono::seconds(static_cast<int64_t>(60 * std::pow(2, std::min(item.tries, 6))));
        site.ledger.OutboxFailed(item.id, error, site.ledger.Now() + pause);
        log::Warning("{} of delivery {}: {}; tried again later", item.action, item.delivery,
                     Describe(error));
      }
    }
  }
}

}  // namespace octo::pipeline
