#pragma once

#include <memory>
#include <stop_token>

#include "arguments.h"
#include "pipeline/planner.h"
#include "run_display.h"

namespace octo::app {

// One function a command, one file each. They return the exit code; an octo::Error thrown is
// printed by main, which makes an exit code of it (pipeline/decision.h).
int RunCommand(const Arguments& arguments, std::stop_token stop);
int PlanCommand(const Arguments& arguments, std::stop_token stop);
int DoctorCommand(const Arguments& arguments, std::stop_token stop);
int FilesCommand(const Arguments& arguments);
int JobsCommand(const Arguments& arguments);
int ReplayCommand(const Arguments& arguments, std::stop_token stop);
int AdoptCommand(const Arguments& arguments, std::stop_token stop);
int IngestCommand(const Arguments& arguments, std::stop_token stop);
int VerifyCommand(const Arguments& arguments, std::stop_token stop);
int LedgerCommand(const Arguments& arguments, std::stop_token stop);
int KeysCommand(const Arguments& arguments);
int ConfigCommand(const Arguments& arguments);
int VersionCommand();

// What several commands share.
bool DisplayIsColored(const Arguments& arguments);
std::unique_ptr<RunDisplay> DisplayFor(const Arguments& arguments);
pipeline::PlanOptions PlanOptionsOf(const Arguments& arguments);

}  // namespace octo::app
