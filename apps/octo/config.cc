#include <fmt/core.h>

#include <boost/json.hpp>

#include "commands.h"
#include "config/load.h"
#include "config/reference.h"

namespace octo::app {
namespace {

int Check(const config::Loaded& loaded) {
  for (const auto& finding : loaded.findings) fmt::print("{}\n", config::FormatFinding(finding));
  if (config::HasErrors(loaded.findings)) return 3;
  fmt::print("{}: {}\n", loaded.file.empty() ? "the environment" : loaded.file,
             loaded.findings.empty() ? "no mistakes" : "no mistakes, see the warnings above");
  fmt::print("providers:");
  for (const auto& [name, provider] : loaded.settings.providers) fmt::print(" {}", name);
  fmt::print("{}\n", loaded.settings.providers.empty() ? " none" : "");
  return 0;
}

int Show(const config::Loaded& loaded, bool as_json) {
  for (const auto& value : loaded.values) {
    if (as_json) {
      fmt::print("{}\n", boost::json::serialize(
                             boost::json::object{{"key", value.key},
                                                 {"value", value.value},
                                                 {"origin", config::Describe(value.origin)}}));
    } else {
      fmt::print("{:<44} {:<40} # {}\n", value.key, value.value, config::Describe(value.origin));
    }
  }
  return config::HasErrors(loaded.findings) ? Check(loaded) : 0;
}

}  // namespace

int ConfigCommand(const Arguments& arguments) {
  if (arguments.subcommand == "reference") {
    fmt::print("{}", config::ConfigurationReference());
    return 0;
  }
  const auto loaded = config::Load({.file = arguments.config_file});
  return arguments.subcommand == "check" ? Check(loaded) : Show(loaded, arguments.json);
}

}  // namespace octo::app
