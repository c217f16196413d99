#pragma once

#include <exception>
#include <string>
#include <string_view>

namespace octo {

// What kind of failure it is. Decisions (retry, wait, quarantine, stop) are made by kind and scope
// in one place (pipeline/decision.h), never by the text of a message.
enum class ErrorKind {
  kTransient,   // may go away by itself: a cut connection, a 503, a time-out
  kIncomplete,  // a tail is missing: the vendor may still be writing; look again later
  kPermanent,   // will fail the same way every time: a folder that does not exist, an unsupported
                // format
  kCorrupt,  // the bytes are wrong: a failed checksum, a tampered message, trailing garbage, a bomb
  kDenied,   // somebody refused: login, host key, permission, expired credentials, missing key
  kConflict,   // somebody else's object stands where ours should go
  kCancelled,  // we were asked to stop
  kUsage,      // the user's command or configuration is wrong
  kBug,        // an invariant of ours was broken
};

// How far the failure reaches. Only delivery scope can quarantine a delivery: a provider or a
// destination that fails says nothing about the files that were waiting for it.
enum class ErrorScope { kDelivery, kProvider, kDestination, kProcess };

// The names used in logs, JSON, and the ledger: "transient", "delivery", ...
std::string_view Name(ErrorKind kind);
std::string_view Name(ErrorScope scope);
// The inverse of Name; nullopt-free: an unknown name is kBug / kProcess.
ErrorKind ErrorKindFromName(std::string_view name);
ErrorScope ErrorScopeFromName(std::string_view name);

// The one error of this program. Thrown where the knowledge is; turned into data once, at the
// boundary of a delivery, a command or a request. `message` is a sentence for a person: what
// failed, for what, why. `hint` says what to do (may be empty). `stage` is the part that failed:
// "list", "download", "decrypt", "unpack", "upload", "publish", "ledger", "config", ... Neither
// ever holds a secret.
class Error : public std::exception {
 public:
  Error(ErrorKind error_kind, ErrorScope error_scope, std::string error_stage,
        std::string error_message, std::string error_hint = {})
      : kind(error_kind),
        scope(error_scope),
        stage(std::move(error_stage)),
        message(std::move(error_message)),
        hint(std::move(error_hint)) {}

  // The same error as the message only; for gtest and logs.
  const char* what() const noexcept override { return message.c_str(); }

  ErrorKind kind;
  ErrorScope scope;
  std::string stage;
  std::string message;
  std::string hint;
};

// "decrypt: the message was tampered with (corrupt). Hint: ask the vendor to send it again."
std::string Describe(const Error& error);

// An Error of kind kCancelled.
Error Cancelled(std::string stage);

// The current exception as an Error; std::bad_alloc, std::system_error and others become kBug or
// kTransient errors of process scope with the given stage. Call only inside a catch block.
Error CurrentError(std::string_view stage);

// "No such file or directory" for an errno value; thread-safe.
std::string ErrnoText(int error_number);

}  // namespace octo
