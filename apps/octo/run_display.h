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

// {"event":"delivery",…}: the line of one delivery as `run --json` prints it.
std::string DeliveryEventJson(const std::string& job, const std::string& provider,
                              const pipeline::DeliveryResult& result);
// {"event":"job",…}: the last line.
std::string JobEventJson(const std::string& provider, const pipeline::RunResult& result);

}  // namespace octo::app
