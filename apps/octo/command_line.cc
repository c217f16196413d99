#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <cstdlib>

#include "arguments.h"

namespace octo::app {
namespace {

constexpr const char* kExitCodes =
    "Exit codes: 0 all landed, 1 some deliveries failed or were refused, 2 wrong usage, 3 "
    "configuration, 4 vendor not "
    "reachable or refused, 5 destination not reachable or refused, 6 internal error, 130 "
    "cancelled.";

WallTime SinceFrom(const std::string& text) {
  const auto time = ParseTime(text.find('T') == std::string::npos ? text + "T00:00:00Z" : text);
  if (!time)
    throw CLI::ValidationError("--since",
                               "'" + text + "' is no date (2026-05-01 or 2026-05-01T06:30:00Z)");
  return *time;
}

// Declares all commands on `app`, to be parsed into `arguments`.
class Declaration {
 public:
  Declaration(CLI::App& app, Arguments& arguments) : app_(app), arguments_(arguments) {
    app.require_subcommand(1);
    app.fallthrough();
    app.footer(kExitCodes);
    app.add_option("--config", arguments.config_file,
                   "configuration file (default: $OCTO_CONFIG, ./octo.toml, /etc/octo/octo.toml)");
    app.add_flag("--json", arguments.json, "JSON lines for programs");
    app.add_flag("-v,--verbose", arguments.verbose, "say more, on stderr");
    app.add_flag("--no-color", arguments.no_color, "no colours on a terminal");
    Run();
    Plan();
    Others();
    Ledger();
    Rest();
  }

 private:
  CLI::App* Command(const char* name, const char* help, const char* example) {
    auto* command = app_.add_subcommand(name, help);
    command->footer(std::string("Example: ") + example);
    command->callback([this, name] { arguments_.command = name; });
    return command;
  }

  void Provider(CLI::App* command, bool required) {
    auto* option = command->add_option("provider", arguments_.provider, "the provider's name");
    if (required) option->required();
  }

  void Choice(CLI::App* command) {
    command->add_option("--match", arguments_.match, "only names that match this pattern");
    command->add_option_function<std::string>(
        "--since", [this](const std::string& text) { arguments_.since = SinceFrom(text); },
        "only files modified at or after this date (UTC)");
    command
        ->add_option("--limit", arguments_.limit, "fetch at most so many files, the oldest first")
        ->check(CLI::PositiveNumber);
  }

  void Run() {
    auto* run =
        Command("run", "fetch what is new", "octo run affirm --match '*tape*' --since 2026-05-01");
    Provider(run, true);
    Choice(run);
    run->add_flag("--shadow", arguments_.shadow,
                  "fetch, verify and compare with what stands at the destination; write nothing");
    run->add_flag("!--no-wait", arguments_.wait,
                  "do not wait to look again at files that are too young");
  }

  void Plan() {
    auto* plan = Command("plan", "show what would be fetched, to where, and why the rest would not",
                         "octo plan affirm");
    Provider(plan, true);
    Choice(plan);
    plan->add_flag("--all", arguments_.all,
                   "also list what is known, companions, and excluded names");
    auto* doctor = Command("doctor", "check every step from the name to the destination",
                           "octo doctor bloomberg");
    Provider(doctor, true);
  }

  void Others() {
    auto* files =
        Command("files", "list deliveries, newest first", "octo files affirm --state quarantined");
    Provider(files, false);
    files->add_option("--match", arguments_.match, "only names that match this pattern");
    files->add_option("--state", arguments_.state,
                      "pending, fetching, committing, landed, adopted, quarantined or conflict");
    files->add_option("--limit", arguments_.limit, "at most so many")->check(CLI::PositiveNumber);
    files->add_option("--show", arguments_.show,
                      "everything about one delivery (its id, or the first digits)");
    auto* jobs = Command("jobs", "list runs, newest first", "octo jobs affirm");
    Provider(jobs, false);
    jobs->add_option("--limit", arguments_.limit, "at most so many")->check(CLI::PositiveNumber);
    jobs->add_option("--show", arguments_.show,
                     "one run and its events (its id, or the first digits)");
    auto* replay = Command("replay", "try refused or failed deliveries again",
                           "octo replay affirm 3f2a --all");
    Provider(replay, true);
    replay->add_option("ids", arguments_.ids, "ids of deliveries, or their first digits");
    replay->add_flag("--all", arguments_.all, "everything that is quarantined or in conflict");
    auto* adopt = Command("adopt", "count what an older system landed as fetched",
                          "octo adopt affirm --dry-run");
    Provider(adopt, true);
    adopt->add_flag("--dry-run", arguments_.dry_run, "only show what would be adopted");
    auto* ingest = Command("ingest", "land files from this machine as if a vendor had left them",
                           "octo ingest ~/Downloads/tape.csv.gpg --provider affirm");
    ingest->add_option("path", arguments_.path, "a file or a folder")->required();
    ingest->add_option("--provider", arguments_.provider, "the provider they belong to")
        ->required();
    auto* verify = Command("verify", "read landed objects again and compare their hashes",
                           "octo verify affirm");
    Provider(verify, true);
    verify->add_option("ids", arguments_.ids,
                       "ids of deliveries, or their first digits (default: all)");
  }

  CLI::App* Subcommand(CLI::App* command, const char* name, const char* help) {
    auto* subcommand = command->add_subcommand(name, help);
    subcommand->callback([this, name] { arguments_.subcommand = name; });
    return subcommand;
  }

  void Ledger() {
    auto* ledger = Command("ledger", "look after the ledger", "octo ledger rebuild affirm");
    ledger->require_subcommand(1);
    Provider(
        Subcommand(ledger, "rebuild", "read the manifests at the destination back into the ledger"),
        true);
    Subcommand(ledger, "path", "say which ledger is used");
    auto* config = Command("config", "look at the configuration", "octo config check");
    config->require_subcommand(1);
    Subcommand(config, "check", "report every mistake in the configuration");
    Subcommand(config, "show", "print the effective values and where each comes from");
    Subcommand(config, "reference", "print the reference of all keys (Markdown)");
  }

  void Rest() {
    auto* keys = Command("keys", "list the OpenPGP keys and who uses them", "octo keys");
    Provider(keys, false);
    Command("version", "print the version", "octo version");
    auto* completion = Command("completion", "print a completion script",
                               "octo completion bash > ~/.octo-completion");
    completion->add_option("shell", arguments_.subcommand, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  }

  CLI::App& app_;
  Arguments& arguments_;
};

}  // namespace

Arguments ParseCommandLine(int argc, char** argv) {
  Arguments arguments;
  CLI::App app(
      "Octo fetches the files that vendors leave on their SFTP servers, verifies, decrypts and "
      "unpacks them, and "
      "lands each exactly once.",
      "octo");
  const Declaration declaration(app, arguments);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const auto rest = app.remaining();
    if (error.get_exit_code() != 0 && arguments.command.empty() && app.get_subcommands().empty() &&
        !rest.empty()) {
      fmt::print(stderr, "octo has no command '{}'\nRun with --help for more information.\n",
                 rest.front());
      std::exit(2);  // NOLINT: before any thread
    }
    const int code = app.exit(error);
    std::exit(code == 0 ? 0 : 2);  // NOLINT: before any thread
  }
  return arguments;
}

std::string CompletionScript(const std::string& shell) {
  Arguments arguments;
  CLI::App app("", "octo");
  const Declaration declaration(app, arguments);
  std::string commands;
  std::string cases;
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    std::string words;
    for (const auto* option : command->get_options()) {
      for (const auto& name : option->get_lnames()) words += " --" + name;
    }
    for (const auto* sub : command->get_subcommands([](const CLI::App*) { return true; }))
      words += " " + sub->get_name();
    commands += " " + command->get_name();
    cases += shell == "fish"
                 ? fmt::format("complete -c octo -n '__fish_seen_subcommand_from {}' -a '{}'\n",
                               command->get_name(), words)
                 : fmt::format("    {}) words=\"{} --config --json --verbose\" ;;\n",
                               command->get_name(), words);
  }
  if (shell == "fish") {
    return fmt::format("complete -c octo -f -n '__fish_use_subcommand' -a '{}'\n{}", commands,
                       cases);
  }
  const std::string function = fmt::format(
      "_octo() {{\n  local words=\"{}\" word\n  for word in \"${{COMP_WORDS[@]:1:COMP_CWORD-1}}\"; "
      "do\n    case \"$word\" "
      "in\n{}    esac\n  done\n  COMPREPLY=($(compgen -W \"$words\" -- "
      "\"${{COMP_WORDS[COMP_CWORD]}}\"))\n}}\n",
      commands, cases);
  const std::string start = shell == "zsh" ? "autoload -U +X bashcompinit && bashcompinit\n" : "";
  return start + function + "complete -F _octo octo\n";
}

}  // namespace octo::app
