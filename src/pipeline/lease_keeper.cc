#include "pipeline/lease_keeper.h"

#include <utility>

#include "base/log.h"

namespace octo::pipeline {

LeaseKeeper::LeaseKeeper(ledger::Ledger& ledger, std::chrono::seconds lease)
    : ledger_(ledger),
      lease_(lease),
      thread_([this](const std::stop_token& stop) { Keep(stop); }) {}

LeaseKeeper::Holding::Holding(LeaseKeeper& keeper, const ledger::Claim& claim,
                              std::stop_source work)
    : keeper_(keeper) {
  const std::lock_guard lock(keeper.mutex_);
  kept_ = keeper.held_.insert(keeper.held_.end(), Kept{&claim, std::move(work)});
}

LeaseKeeper::Holding::~Holding() {
  const std::lock_guard lock(keeper_.mutex_);
  keeper_.held_.erase(kept_);
}

void LeaseKeeper::Keep(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (!stop.stop_requested()) {
    wake_.wait_for(lock, stop, lease_ / 3, [] { return false; });
    for (auto& kept : held_) {
      try {
        ledger_.Renew(*kept.claim, lease_);
      } catch (const Error& error) {
        // Anything but a lost lease (a busy database) may pass before the lease ends: the next
        // round tries again.
        if (ledger::IsLeaseLost(error)) kept.work.request_stop();
        log::Warning("could not renew the lease of {}: {}", kept.claim->delivery.path,
                     error.message);
      }
    }
  }
}

}  // namespace octo::pipeline
