#include <unistd.h>

#include <cstdlib>

#include "commands.h"
#include "composition.h"
#include "pipeline/runner.h"
#include "pipeline/shadow.h"
#include "run_display.h"

namespace octo::app {

bool DisplayIsColored(const Arguments& arguments) {
  return isatty(STDOUT_FILENO) == 1 && !arguments.no_color && std::getenv("NO_COLOR") == nullptr;
}

std::unique_ptr<RunDisplay> DisplayFor(const Arguments& arguments) {
  return MakeRunDisplay({.provider = arguments.provider,
                         .json = arguments.json,
                         .terminal = isatty(STDOUT_FILENO) == 1,
                         .color = DisplayIsColored(arguments)});
}

pipeline::PlanOptions PlanOptionsOf(const Arguments& arguments) {
  pipeline::PlanOptions options{.match = arguments.match, .since = arguments.since};
  if (arguments.limit) options.limit = static_cast<size_t>(*arguments.limit);
  return options;
}

int RunCommand(const Arguments& arguments, std::stop_token stop) {
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider);
  const auto display = DisplayFor(arguments);
  const pipeline::RunOptions options{.plan = PlanOptionsOf(arguments),
                                     .look_again = arguments.wait};
  const auto result = arguments.shadow
                          ? pipeline::RunShadow(composition.site(), options.plan, *display, stop)
                          : pipeline::Run(composition.site(), options, *display, stop);
  display->End(result);
  return result.ExitCode();
}

}  // namespace octo::app
