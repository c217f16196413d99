#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/facts.h"
#include "pipeline/planner.h"
#include "pipeline/site.h"
#include "stream/context.h"

namespace octo::pipeline {

// How a delivery ended, for people and programs.
struct DeliveryResult {
  std::string id;
  std::string name;  // the remote path
  int version = 1;
  std::string state;  // "landed", "skipped" (the same content had landed), "failed", "quarantined",
                      // "conflict"
  std::vector<ledger::ObjectRecord> objects;
  std::optional<Error> error;
  uint64_t bytes = 0;  // transferred
  StageTimes times;
  double seconds = 0;
};

// The way of one claimed delivery, start to end. Returns when it is landed or skipped; throws
// octo::Error when it is not: what is then done with it is decided by its caller (decision.h).
// Leaves nothing visible unless it landed. `file` must have been found by MakePlan; `from_raw`
// reads the kept ciphertext instead of the vendor's file when there is one. The context's stop
// token cancels; its progress counts transferred bytes.
DeliveryResult Deliver(const Site& site, const ledger::Claim& claim, const PlannedFile& file,
                       bool from_raw, const stream::Context& context);

// Publishes what a dead worker had committed. Nullopt when it was lost: the delivery is pending
// again.
std::optional<DeliveryResult> RollForward(const Site& site, const ledger::Claim& claim,
                                          const stream::Context& context);

}  // namespace octo::pipeline
