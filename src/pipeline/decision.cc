#include "pipeline/decision.h"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace octo::pipeline {
namespace {

using std::chrono::seconds;

// 5 s, 15 s, 45 s, ... at most an hour, each between half and the whole of it.
WallTime BackOff(int tries, WallTime now, double random) {
  const double longest = std::min(3600.0, 5.0 * std::pow(3.0, std::min(tries, 10)));
  return now + std::chrono::duration_cast<std::chrono::microseconds>(
                   std::chrono::duration<double>(longest * (0.5 + random / 2)));
}

Decision::Delivery ForIncomplete(const ledger::Delivery& delivery,
                                 const provider::Provider& provider, WallTime now) {
  const bool expired =
      delivery.incomplete_since && now - *delivery.incomplete_since >= provider.incomplete_deadline;
  return expired ? Decision::Delivery::kQuarantine : Decision::Delivery::kRetry;
}

}  // namespace

Decision Decide(const Error& error, const ledger::Delivery& delivery,
                const provider::Provider& provider, WallTime now, double random) {
  Decision decision;
  decision.next_try = BackOff(delivery.tries, now, random);
  if (ledger::IsLeaseLost(error)) {
    decision.delivery = Decision::Delivery::kLeaseLost;
    return decision;
  }
  if (error.kind == ErrorKind::kCancelled || error.scope != ErrorScope::kDelivery) {
    decision.end_run = true;
    return decision;
  }
  switch (error.kind) {
    case ErrorKind::kTransient:
    case ErrorKind::kDenied:
    case ErrorKind::kBug:
      decision.delivery = Decision::Delivery::kRetry;
      break;
    case ErrorKind::kIncomplete:
      decision.delivery = ForIncomplete(delivery, provider, now);
      break;
    case ErrorKind::kConflict:
      decision.delivery = Decision::Delivery::kConflict;
      break;
    case ErrorKind::kCorrupt:
    case ErrorKind::kPermanent:
    case ErrorKind::kUsage:
      decision.delivery = Decision::Delivery::kQuarantine;
      break;
    case ErrorKind::kCancelled:
      break;
  }
  return decision;
}

int ExitCodeOf(const Error& error) {
  if (error.kind == ErrorKind::kCancelled) return 130;
  switch (error.scope) {
    case ErrorScope::kProvider:
      return 4;
    case ErrorScope::kDestination:
      return 5;
    case ErrorScope::kDelivery:
      return 1;
    case ErrorScope::kProcess:
      break;
  }
  return error.kind == ErrorKind::kUsage || error.kind == ErrorKind::kDenied ? 3 : 6;
}

}  // namespace octo::pipeline
