#pragma once

#include "base/error.h"
#include "base/time.h"
#include "ledger/ledger.h"
#include "provider/provider.h"

namespace octo::pipeline {

// What to do with a delivery, and with the run, after a failure. This is the only place that
// decides it: by kind and scope, never by the text of a message.
//
//   scope        kind                      delivery            run
//   any          cancelled                 given back          ends
//   provider     any                       given back          ends (exit code 4)
//   destination  any                       given back          ends (exit code 5)
//   process      transient, bug, ...       given back          ends (exit code 6)
//   delivery     transient, denied         tried again later   goes on
//   delivery     incomplete                looked at again until its deadline, then quarantined
//   delivery     corrupt, permanent, usage quarantined         goes on
//   delivery     conflict                  conflict            goes on
//   delivery     bug                       tried again later   goes on
struct Decision {
  enum class Delivery { kGiveBack, kRetry, kQuarantine, kConflict, kLeaseLost };
  Delivery delivery = Delivery::kGiveBack;
  bool end_run = false;
  WallTime next_try;  // of kRetry
};

// `random` in [0, 1) spreads retries, so that a thousand failures do not come back in one second.
Decision Decide(const Error& error, const ledger::Delivery& delivery,
                const provider::Provider& provider, WallTime now, double random);

// The exit code an error that ended a run stands for: 3, 4, 5, 6 or 130.
int ExitCodeOf(const Error& error);

}  // namespace octo::pipeline
