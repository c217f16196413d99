#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include "base/error.h"
#include "child.h"
#include "gzip_output.h"
#include "loan_tape.h"

namespace {
using namespace octo::sample;
}

int main(int argc, char** argv) {
  IgnoreBrokenPipes();
  CLI::App app("make sample deliveries");
  uint64_t loans = 1000, seed = 1;
  std::string as_of = "2026-04-30", out = "-";
  auto* tape = app.add_subcommand("tape", "");
  tape->add_option("--loans", loans);
  tape->add_option("--seed", seed);
  tape->add_option("--as-of", as_of);
  tape->add_option("--out", out);
  CLI11_PARSE(app, argc, argv);
  auto o = OpenFile(out);
  WriteTape(LoanPool(seed, loans), *ParseDate(as_of), *o);
  o->Finish();
  return 0;
}
