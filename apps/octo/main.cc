#include <fmt/core.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <system_error>

#include "arguments.h"
#include "base/error.h"
#include "commands.h"
#include "interrupt.h"
#include "pipeline/decision.h"
#include "remote/sftp/askpass.h"
#include "text.h"

namespace octo::app {
namespace {

// Keys and passphrases are in this process's memory: it leaves no core files, and nobody may attach
// to it.
void ForbidCoreDumps() {
  const rlimit none{.rlim_cur = 0, .rlim_max = 0};
  setrlimit(RLIMIT_CORE, &none);
  prctl(PR_SET_DUMPABLE, 0);
}

int Dispatch(const Arguments& arguments, const std::stop_token& stop) {
  const std::map<std::string, std::function<int()>> commands = {
      {"run", [&] { return RunCommand(arguments, stop); }},
      {"plan", [&] { return PlanCommand(arguments, stop); }},
      {"doctor", [&] { return DoctorCommand(arguments, stop); }},
      {"files", [&] { return FilesCommand(arguments); }},
      {"jobs", [&] { return JobsCommand(arguments); }},
      {"replay", [&] { return ReplayCommand(arguments, stop); }},
      {"adopt", [&] { return AdoptCommand(arguments, stop); }},
      {"ingest", [&] { return IngestCommand(arguments, stop); }},
      {"verify", [&] { return VerifyCommand(arguments, stop); }},
      {"ledger", [&] { return LedgerCommand(arguments, stop); }},
      {"keys", [&] { return KeysCommand(arguments); }},
      {"config", [&] { return ConfigCommand(arguments); }},
      {"version", [&] { return VersionCommand(); }},
      {"completion", [&] {
         fmt::print("{}", CompletionScript(arguments.subcommand));
         return 0;
       }}};
  return commands.at(arguments.command)();
}

// Whether the current exception says that the reader of our output has gone (`octo plan | head
// -1`), which is no failure.
bool NobodyReadsOn() {
  try {
    throw;
  } catch (const std::system_error& error) {
    return error.code() == std::errc::broken_pipe;
  } catch (...) {
    return false;
  }
}

}  // namespace
}  // namespace octo::app

int main(int argc, char** argv) {
  // ssh calls this program back for passwords and host keys.
  if (std::getenv(octo::remote::sftp::kAskpassSocket) != nullptr)
    return octo::remote::sftp::RunAskpass(argc, argv);
  octo::app::ForbidCoreDumps();
  const auto arguments = octo::app::ParseCommandLine(argc, argv);
  const octo::app::Interrupt interrupt;
  try {
    return octo::app::Dispatch(arguments, interrupt.token());
  } catch (...) {
    if (octo::app::NobodyReadsOn()) return 0;
    const octo::Error error = octo::CurrentError(arguments.command);
    fmt::print(stderr, "octo {}: {}\n", arguments.command, octo::app::HumanError(error, ""));
    return octo::pipeline::ExitCodeOf(error);
  }
}
