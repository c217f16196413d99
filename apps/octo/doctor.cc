#include <fmt/core.h>

#include <boost/json.hpp>
#include <chrono>

#include "commands.h"
#include "composition.h"
#include "crypto/digest.h"
#include "remote/sftp/diagnose.h"
#include "text.h"

namespace octo::app {
namespace {

using remote::CheckResult;

// Prints one line a check, with a hint where it fails, and remembers the gravest exit code.
class Report {
 public:
  Report(bool as_json, bool color) : as_json_(as_json), color_(color) {}

  void Add(const CheckResult& check, int exit_code_if_failed) {
    if (!check.ok) exit_code_ = std::max(exit_code_, exit_code_if_failed);
    if (as_json_) {
      fmt::print("{}\n",
                 boost::json::serialize(boost::json::object{{"event", "check"},
                                                            {"name", check.name},
                                                            {"ok", check.ok},
                                                            {"skipped", check.skipped},
                                                            {"detail", Printable(check.detail)},
                                                            {"hint", Printable(check.hint)}}));
      return;
    }
    const char* mark = check.ok ? "ok  " : check.skipped ? "skip" : "FAIL";
    const char* code = check.ok ? "32" : check.skipped ? "2" : "31";
    fmt::print("{}  {:<22} {}\n", color_ ? fmt::format("\x1b[{}m{}\x1b[0m", code, mark) : mark,
               check.name, Printable(check.detail));
    if (!check.ok && !check.hint.empty())
      fmt::print("      {:<22} what to do: {}\n", "", Printable(check.hint));
    std::fflush(stdout);
  }

  int exit_code() const { return exit_code_; }

 private:
  bool as_json_;
  bool color_;
  int exit_code_ = 0;
};

// Runs `check`, which returns the detail of a success, and adds its outcome.
template <typename Check>
void AddOutcome(Report& report, const char* name, int exit_code_if_failed, Check check) {
  try {
    report.Add({.name = name, .ok = true, .detail = check()}, 0);
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kCancelled) throw;
    report.Add({.name = name, .ok = false, .detail = error.message, .hint = error.hint},
               exit_code_if_failed);
  }
}

void CheckKeys(Report& report, const config::ProviderSettings& provider) {
  AddOutcome(report, "keys", 3, [&] {
    std::string usable;
    const auto soon = SystemNow() + std::chrono::days(30);
    for (const auto& key : MakeDecryptor(provider)->Keys()) {
      if (!key.can_encrypt || !key.has_secret || !key.unlocked) continue;
      usable += fmt::format("{}{} ({})", usable.empty() ? "" : ", ", key.key_id, key.algorithm);
      if (key.revoked) usable += " revoked";
      if (key.expires && *key.expires <= SystemNow())
        usable += " EXPIRED " + FormatDate(*key.expires);
      if (key.expires && *key.expires > SystemNow() && *key.expires < soon)
        usable += " expires soon: " + FormatDate(*key.expires);
    }
    if (usable.empty()) {
      throw Error(ErrorKind::kDenied, ErrorScope::kProvider, "keys",
                  "no secret key that could open a message",
                  "set openpgp.keys; without one only files that are not encrypted can be landed");
    }
    return "can decrypt with " + usable;
  });
}

// Writes, writes again under a condition that must fail, and removes a probe object.
void CheckDestination(Report& report, storage::ObjectStore& store, const stream::Context& context) {
  const std::string key = "octo-doctor-" + crypto::RandomUuid();
  const std::string text = "a probe of octo doctor; may be deleted\n";
  const auto write = [&](const char* attempt) {
    const auto sink = store.Create(
        key, {.content_type = "text/plain", .attempt = attempt, .may_hold_in_memory = true},
        context);
    sink->Write(std::as_bytes(std::span(text)));
    const auto prepared = sink->Prepare();
    const auto result = store.Publish(prepared, context);
    if (result.outcome != storage::PublishResult::Outcome::kPublished)
      store.Abandon(prepared, context);
    return result;
  };
  bool written = false;
  AddOutcome(report, "destination: write", 5, [&] {
    written = write("doctor-1").outcome == storage::PublishResult::Outcome::kPublished;
    return fmt::format("{} takes objects", store.Url());
  });
  if (!written) return;
  AddOutcome(report, "destination: condition", 5, [&] {
    if (write("doctor-2").outcome != storage::PublishResult::Outcome::kConflict) {
      throw Error(
          ErrorKind::kPermanent, ErrorScope::kDestination, "publish",
          "the store replaced an object although it was told to write only where there is none",
          "use a store that honours If-None-Match: without it two writers could overwrite one "
          "another");
    }
    return std::string("conditional writes are honoured");
  });
  AddOutcome(report, "destination: remove", 5, [&] {
    store.Remove(key, {.kind = stream::Precondition::Kind::kNone}, context);
    return std::string("the probe is removed");
  });
}

}  // namespace

int DoctorCommand(const Arguments& arguments, std::stop_token stop) {
  const auto settings = LoadSettings(arguments);
  const auto& provider = settings.providers.at(arguments.provider);
  const stream::Context context{.stop = std::move(stop), .silence = std::chrono::seconds(30)};
  Report report(arguments.json, DisplayIsColored(arguments));

  std::string profile;
  AddOutcome(report, "ledger", 6, [&] {
    const auto ledger = MakeLedger(settings);
    profile = ledger->Profile(arguments.provider);
    return ledger->Url();
  });
  constexpr bool kMayWrite = false;  // a vendor's folder is not ours to write into
  remote::DiagnoseSftp(
      SftpOptionsOf(provider, profile), kMayWrite,
      [&](const CheckResult& check) {
        // One address of several that can't be reached is no failure; the check "tcp" counts them.
        report.Add(check, check.name.starts_with("tcp ") ? 0 : 4);
      },
      context);
  if (!profile.empty()) report.Add({.name = "learned profile", .ok = true, .detail = profile}, 0);
  CheckKeys(report, provider);
  AddOutcome(report, "destination", 5, [&] {
    const auto store = MakeStore(settings, provider);
    CheckDestination(report, *store, context);
    return store->Url();
  });
  return report.exit_code();
}

}  // namespace octo::app
