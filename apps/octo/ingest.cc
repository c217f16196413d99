#include <fmt/core.h>

#include <filesystem>

#include "commands.h"
#include "composition.h"
#include "pipeline/runner.h"

namespace octo::app {

int IngestCommand(const Arguments& arguments, std::stop_token stop) {
  namespace fs = std::filesystem;
  const fs::path path = fs::absolute(arguments.path);
  if (!fs::exists(path)) {
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "ingest",
                fmt::format("there is no {}", path.string()));
  }
  const bool is_folder = fs::is_directory(path);
  const auto settings = LoadSettings(arguments);
  const Composition composition(settings, arguments.provider,
                                (is_folder ? path : path.parent_path()).string());
  pipeline::RunOptions options{.kind = "ingest", .look_again = false};
  options.plan.take_young = true;  // the user says that it is there
  if (!is_folder) options.plan.name = path.filename().string();
  const auto display = DisplayFor(arguments);
  const auto result = pipeline::Run(composition.site(), options, *display, stop);
  display->End(result);
  return result.ExitCode();
}

}  // namespace octo::app
