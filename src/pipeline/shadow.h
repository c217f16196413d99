#pragma once

#include <stop_token>

#include "pipeline/runner.h"

namespace octo::pipeline {

// Fetches and verifies as Run does, compares with what another system stored at the same keys, and
// writes nothing: no object, no ledger row, no change at the vendor's. The states of its
// deliveries: "same", "different", "missing" (not there yet: Run would land it), and "failed" (it
// could not be verified). Counted as skipped, conflict, known, failed.
RunResult RunShadow(const Site& site, const PlanOptions& options, RunObserver& observer,
                    std::stop_token stop);

}  // namespace octo::pipeline
