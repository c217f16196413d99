#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pipeline/runner.h"

namespace octo::app {

// Shows a run to whoever looks: JSON lines for programs, a live view on a terminal, plain lines
// elsewhere. Results go to stdout. End() says how the run ended and stops the view.
class RunDisplay : public pipeline::RunObserver {
 public:
  virtual void End(const pipeline::RunResult& result) = 0;
};

struct DisplayOptions {
  std::string provider;
  bool json = false;
  bool terminal = false;  // stdout is one
  bool color = false;
};
std::unique_ptr<RunDisplay> MakeRunDisplay(const DisplayOptions& options);

}  // namespace octo::app
