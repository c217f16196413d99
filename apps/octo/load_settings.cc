#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/log.h"
#include "composition.h"
#include "config/load.h"
#include "process/run_to_end.h"

namespace octo::app {
namespace {

constexpr std::chrono::seconds kSecretCommandDeadline{60};

// A secret of "command:": what the program prints.
std::string OutputOf(const std::vector<std::string>& argv) {
  const auto result = process::RunToEnd(argv, "", kSecretCommandDeadline, {});
  if (result.exit_code == 0) return result.out;
  throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "config",
              fmt::format("{} ended with {}: {}", argv.front(), result.exit_code,
                          result.err.substr(0, 500)));
}

}  // namespace

config::Settings LoadSettings(const Arguments& arguments, bool provider_must_exist) {
  auto loaded = config::Load({.file = arguments.config_file,
                              .only_provider = arguments.provider,
                              .run_command = OutputOf});
  if (config::HasErrors(loaded.findings)) {
    std::string mistakes;
    for (const auto& finding : loaded.findings) {
      if (finding.severity == config::Severity::kError)
        mistakes += "\n  " + config::FormatFinding(finding);
    }
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "config",
                "the configuration has mistakes" + mistakes,
                "`octo config check` lists all of them; docs/configuration.md explains every key");
  }
  const auto& settings = loaded.settings;
  if (provider_must_exist && !arguments.provider.empty() &&
      !settings.providers.contains(arguments.provider)) {
    const std::string known = fmt::format("{}", fmt::join(settings.provider_names, ", "));
    throw Error(
        ErrorKind::kUsage, ErrorScope::kProcess, "config",
        fmt::format("there is no provider '{}'", arguments.provider),
        known.empty()
            ? "configure one in octo.toml, or set its environment variables (docs/configuration.md)"
            : "configured are: " + known);
  }
  log::SetUp(arguments.verbose ? log::Level::kDebug : settings.log_level, settings.log_json);
  for (const auto& finding : loaded.findings) log::Warning("{}", config::FormatFinding(finding));
  return std::move(loaded.settings);
}

}  // namespace octo::app
