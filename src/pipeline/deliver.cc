#include "pipeline/deliver.h"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "ledger/content_hash.h"
#include "pipeline/delivery_reader.h"
#include "pipeline/fault_point.h"
#include "pipeline/landing.h"
#include "pipeline/raw_copy.h"
#include "pipeline/unpacker.h"

namespace octo::pipeline {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string ContentOf(const Landing& landing) {
  std::vector<ledger::ContentPart> parts;
  for (const auto& prepared : landing.prepared())
    parts.push_back({prepared.entry, prepared.object.sha256});
  return ledger::ContentHash(parts);
}

std::vector<ledger::OutboxItem> AfterLanding(const Site& site) {
  std::vector<ledger::OutboxItem> items{{.action = "manifest"}};
  if (site.provider.after == provider::After::kDelete) items.push_back({.action = "remote-delete"});
  if (site.provider.after == provider::After::kMove) {
    items.push_back({.action = "remote-move", .payload = site.provider.move_to});
  }
  return items;
}

// Opens the file for one try: the kept ciphertext, or the vendor's file.
std::unique_ptr<stream::Source> OpenTransfer(const Site& site, const PlannedFile& file,
                                             const RawCopy& raw, bool from_raw,
                                             stream::Context context, std::stop_token stop,
                                             stream::Progress* progress) {
  context.progress = progress;
  context.stop = std::move(stop);
  if (from_raw && raw.Exists()) return site.store.Open(raw.key(), {}, context);
  return site.remote.Open(file.entry.path, 0, context);
}

// One try: reads everything into invisible objects. The facts at the verified end, or an exception.
Facts ReadIntoLanding(const Site& site, const ledger::Claim& claim, const PlannedFile& file,
                      bool from_raw, std::optional<bool> several, Landing& landing,
                      const stream::Context& context, stream::Progress* progress) {
  RawCopy raw(site, claim, context);
  std::stop_source stop_transfer;
  const std::stop_callback forward(context.stop, [&] { stop_transfer.request_stop(); });
  DeliveryReader reader(
      site, file.entry.path,
      OpenTransfer(site, file, raw, from_raw, context, stop_transfer.get_token(), progress),
      stop_transfer, FetchCompanions(site, file, context), raw.sink(), context);
  try {
    Unpacker unpacker(site, claim.delivery, landing, stop_transfer, context);
    codec::Archive& archive = reader.Open();
    unpacker.Run(archive, reader.archive_report(), several);
    FaultPoint("read-to-end");
    Facts facts = reader.Finish(unpacker.read_seconds());
    raw.Publish();
    facts.raw_key = raw.key();
    facts.times.store = unpacker.write_seconds();
    return facts;
  } catch (const Error& error) {
    if (!raw.key().empty() && error.scope == ErrorScope::kDelivery &&
        error.kind != ErrorKind::kTransient) {
      try {
        reader.DrainTransfer();
        raw.Publish();
      } catch (const Error&) {
        // the transfer itself failed: there is no whole ciphertext to keep, and the first error
        // tells why
      }
    }
    throw;
  }
}

}  // namespace

DeliveryResult Deliver(const Site& site, const ledger::Claim& claim, const PlannedFile& file,
                       bool from_raw, const stream::Context& context) {
  const auto start = Clock::now();
  DeliveryResult result{
      .id = claim.delivery.id, .name = claim.delivery.path, .version = claim.delivery.version};

  stream::Context quiet = context;  // progress is the transfer's alone
  quiet.progress = nullptr;
  Landing landing(site, claim, quiet);
  landing.CleanUp();

  Facts facts;
  for (std::optional<bool> several;;) {
    try {
      facts =
          ReadIntoLanding(site, claim, file, from_raw, several, landing, quiet, context.progress);
      break;
    } catch (const WrongGuess& guess) {
      landing.Abandon();
      several = guess.several;
    }
  }
  result.bytes = facts.transfer.bytes;

  const auto commit_start = Clock::now();
  const std::string content = ContentOf(landing);
  if (const auto same = site.ledger.SameContent(claim, content)) {
    landing.Abandon();
    site.ledger.Duplicate(claim, same->id);
    result.state = "skipped";
    result.version = same->version;
  } else {
    landing.Commit(content, facts.ToJson());
    if (landing.Publish()) {
      result.objects = landing.Finish(AfterLanding(site));
      result.state = "landed";
    } else {
      result.state = "failed";
      result.error.emplace(
          ErrorKind::kTransient, ErrorScope::kDelivery, "publish",
          "what was uploaded is gone from the destination; it will be fetched again");
    }
  }
  result.times = facts.times;
  result.times.commit = SecondsSince(commit_start);
  result.seconds = SecondsSince(start);
  return result;
}

std::optional<DeliveryResult> RollForward(const Site& site, const ledger::Claim& claim,
                                          const stream::Context& context) {
  const auto start = Clock::now();
  Landing landing(site, claim, context);
  landing.CleanUp();
  if (!landing.Publish()) return std::nullopt;
  DeliveryResult result{
      .id = claim.delivery.id, .name = claim.delivery.path, .version = claim.delivery.version};
  result.objects = landing.Finish(AfterLanding(site));
  result.state = "landed";
  result.seconds = SecondsSince(start);
  return result;
}

}  // namespace octo::pipeline
