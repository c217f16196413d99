#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/time.h"

namespace octo::app {

// What the command line said; one struct for all commands, each reads what it knows.
struct Arguments {
  std::string command;     // "run", "plan", ...
  std::string subcommand;  // of config, ledger, completion
  std::string config_file;
  bool json = false;
  bool verbose = false;
  bool no_color = false;

  std::string provider;
  std::string match = "*";
  std::optional<WallTime> since;
  std::optional<int> limit;
  bool all = false;  // plan: every name; replay: everything refused or in conflict
  bool shadow = false;
  bool dry_run = false;
  bool wait = true;              // look again at files that are too young
  std::vector<std::string> ids;  // deliveries or jobs, or the first digits of their ids
  std::string state;
  std::string show;  // files --show ID
  std::string path;  // ingest
};

// Reads the command line. Prints help, version or a mistake by itself and exits then (0 or 2).
Arguments ParseCommandLine(int argc, char** argv);

// The shell script that completes commands and options: "bash", "zsh" or "fish".
std::string CompletionScript(const std::string& shell);

}  // namespace octo::app
