#pragma once

#include <boost/json/fwd.hpp>
#include <optional>
#include <string>

#include "ledger/job.h"
#include "pipeline/runner.h"

// What programs read of a run: docs/cli.md describes these lines.
namespace octo::app {

// {"event":"delivery",…}: the line of one delivery as `run --json` prints it.
std::string DeliveryEventJson(const std::string& job, const std::string& provider,
                              const pipeline::DeliveryResult& result);
// {"event":"job",…}: the last line.
std::string JobEventJson(const std::string& provider, const pipeline::RunResult& result);

// "landed", "failed", ...: a job's counts as members of `to`.
void AddCounts(const ledger::JobCounts& counts, boost::json::object& to);
// {"kind":…,"scope":…,"stage":…,"message":…,"hint":…}, or null.
boost::json::value ErrorJson(const std::optional<Error>& error);

}  // namespace octo::app
