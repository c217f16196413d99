#include "pipeline/shadow.h"

#include <fmt/core.h>

#include <chrono>

#include "pipeline/delivery_reader.h"
#include "pipeline/unpacker.h"
#include "stream/taps.h"

namespace octo::pipeline {
namespace {

struct HashedEntry {
  std::string name;
  stream::HashResult hash;
};

stream::HashResult HashOf(stream::Source& source) {
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  stream::HashResult result;
  std::vector<std::byte> buffer(size_t{256} << 10);
  while (const size_t bytes = source.Read(buffer)) {
    digest.Update(std::span(buffer).first(bytes));
    result.bytes += bytes;
  }
  result.sha256 = digest.FinishHex();
  return result;
}

std::vector<HashedEntry> HashEntries(codec::Archive& archive) {
  std::vector<HashedEntry> entries;
  while (auto entry = archive.Next()) {
    std::string name = entry->name;
    entries.push_back({std::move(name), HashOf(*entry->content)});
  }
  return entries;
}

// "same", "missing" or "different", with the reason in the result.
void Compare(const Site& site, const std::vector<HashedEntry>& entries,
             const stream::Context& context, DeliveryResult& result) {
  const ledger::Delivery delivery{.path = result.name};
  result.state = "same";
  for (const auto& entry : entries) {
    const std::string key = KeyOfEntry(site, delivery, entry.name, entries.size() > 1);
    const std::string url = site.store.Url() + "/" + key;
    if (!site.store.Stat(key, context)) {
      if (result.state == "same") result.state = "missing";
      continue;
    }
    const auto standing = HashOf(*site.store.Open(key, {}, context));
    result.objects.push_back(
        {.key = key, .url = url, .bytes = standing.bytes, .sha256 = standing.sha256});
    if (standing.sha256 == entry.hash.sha256) continue;
    result.state = "different";
    result.error.emplace(
        ErrorKind::kConflict, ErrorScope::kDelivery, "compare",
        fmt::format("{} holds {} bytes with SHA-256 {}, the vendor's file gives {} bytes with {}",
                    url, standing.bytes, standing.sha256, entry.hash.bytes, entry.hash.sha256));
  }
}

void Look(const Site& site, const PlannedFile& file, const stream::Context& context,
          DeliveryResult& result) {
  std::stop_source stop_transfer;
  const std::stop_callback forward(context.stop, [&] { stop_transfer.request_stop(); });
  stream::Context transfer = context;
  transfer.stop = stop_transfer.get_token();
  DeliveryReader reader(site, file.entry.path, site.remote.Open(file.entry.path, 0, transfer),
                        stop_transfer, FetchCompanions(site, file, context), nullptr, context);
  const auto start = std::chrono::steady_clock::now();
  const auto entries = HashEntries(reader.Open());
  const Facts facts = reader.Finish(
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  result.bytes = facts.transfer.bytes;
  result.times = facts.times;
  Compare(site, entries, context, result);
}

void Count(const DeliveryResult& result, RunResult& run) {
  if (result.state == "same") ++run.counts.skipped;
  if (result.state == "different") ++run.counts.conflict;
  if (result.state == "missing") ++run.counts.known;
  if (result.state == "failed") ++run.counts.failed;
  run.counts.bytes += result.bytes;
  run.times += result.times;
}

}  // namespace

RunResult RunShadow(const Site& site, const PlanOptions& options, RunObserver& observer,
                    std::stop_token stop) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  RunResult run{.job = "shadow"};
  try {
    stream::Context context{.stop = stop, .silence = site.silence, .budget = &site.budget};
    const Plan plan = MakePlan(site, options, context);
    observer.Planned(run.job, plan);
    for (const auto& file : plan.files) {
      if (file.verdict != Verdict::kFetch) continue;
      const auto file_start = Clock::now();
      stream::Progress progress;
      context.progress = &progress;
      DeliveryResult result{.id = file.entry.path, .name = file.entry.path};
      observer.Started(result.id, file, progress);
      try {
        Look(site, file, context, result);
      } catch (const Error& error) {
        if (error.scope != ErrorScope::kDelivery || error.kind == ErrorKind::kCancelled) throw;
        result.state = "failed";
        result.error = error;
      }
      result.seconds = std::chrono::duration<double>(Clock::now() - file_start).count();
      Count(result, run);
      observer.Ended(result);
    }
  } catch (...) {
    run.error = CurrentError("shadow");
  }
  const bool cancelled = run.error && run.error->kind == ErrorKind::kCancelled;
  run.state = cancelled ? ledger::JobState::kCancelled
              : run.error || run.counts.conflict + run.counts.failed > 0
                  ? ledger::JobState::kFailed
                  : ledger::JobState::kComplete;
  run.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return run;
}

}  // namespace octo::pipeline
