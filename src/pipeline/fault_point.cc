#include "pipeline/fault_point.h"

#include <csignal>
#include <cstdlib>
#include <string>

namespace octo::pipeline {

void FaultPoint(std::string_view name) {
  static const std::string chosen = [] {
    const char* value = std::getenv("OCTO_FAULT_POINT");
    return std::string(value == nullptr ? "" : value);
  }();
  if (chosen.empty()) return;
  if (chosen == name) raise(SIGKILL);
  if (chosen.starts_with("freeze:") && std::string_view(chosen).substr(7) == name) raise(SIGSTOP);
}

}  // namespace octo::pipeline
