#pragma once

#include <string_view>

namespace octo::pipeline {

// A named point of the landing protocol. When the environment variable OCTO_FAULT_POINT holds its
// name, the process kills itself there (SIGKILL), as a power cut would: the whole-program tests
// prove recovery at every point with it. With OCTO_FAULT_POINT="freeze:NAME" it stops (SIGSTOP)
// instead, as a worker that hangs would.
void FaultPoint(std::string_view name);

}  // namespace octo::pipeline
