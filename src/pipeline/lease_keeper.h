#pragma once

#include <condition_variable>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>

#include "ledger/ledger.h"

namespace octo::pipeline {

// Renews the leases of claims that are being worked on, on a thread of its own, three times per
// lease. When a lease was lost to somebody else, the work on it is asked to stop. Thread-safe.
class LeaseKeeper {
 public:
  LeaseKeeper(ledger::Ledger& ledger, std::chrono::seconds lease);
  LeaseKeeper(const LeaseKeeper&) = delete;
  LeaseKeeper& operator=(const LeaseKeeper&) = delete;

  // Keeps the claim's lease as long as the Holding lives. `work` is asked to stop when the lease is
  // lost.
  class Holding {
   public:
    Holding(LeaseKeeper& keeper, const ledger::Claim& claim, std::stop_source work);
    Holding(const Holding&) = delete;
    Holding& operator=(const Holding&) = delete;
    ~Holding();

   private:
    LeaseKeeper& keeper_;
    struct Kept {
      const ledger::Claim* claim;
      std::stop_source work;
    };
    friend class LeaseKeeper;
    std::list<Kept>::iterator kept_;
  };

 private:
  void Keep(const std::stop_token& stop);

  ledger::Ledger& ledger_;
  const std::chrono::seconds lease_;
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::list<Holding::Kept> held_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace octo::pipeline
