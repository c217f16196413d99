#pragma once

#include <string>
#include <string_view>

namespace octo::pipeline {

// The name under which this process claims deliveries: "host:pid:start", start being the process's
// start time in clock ticks since boot (proc(5)), so that a number used again is not taken for it.
std::string ThisWorker();

// Whether `worker` was a process of this host that has ended: its claims need not wait for their
// leases. False when it is alive, of another host, or of a form that is not ours.
bool IsGone(std::string_view worker);

}  // namespace octo::pipeline
