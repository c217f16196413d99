#include "openpgp/failure.h"

#include <utility>

namespace octo::openpgp {
namespace {

Error Failure(ErrorKind kind, std::string message, std::string hint) {
  return {kind, ErrorScope::kDelivery, "decrypt", std::move(message), std::move(hint)};
}

}  // namespace

Error Corrupt(std::string message, std::string hint) {
  return Failure(ErrorKind::kCorrupt, std::move(message), std::move(hint));
}

Error Incomplete(std::string message) {
  return Failure(ErrorKind::kIncomplete, std::move(message),
                 "the file may still be uploading; if it stays this way, ask for it again");
}

Error Denied(std::string message, std::string hint) {
  return Failure(ErrorKind::kDenied, std::move(message), std::move(hint));
}

Error Unsupported(std::string message, std::string hint) {
  return Failure(ErrorKind::kPermanent, std::move(message), std::move(hint));
}

Error CiphertextEndsEarly() {
  return Incomplete("the encrypted message ends too early: its tail is missing");
}

Error PlaintextEndsEarly() {
  return Corrupt("the content of the encrypted message ends too early",
                 "ask the sender to encrypt the file again");
}

}  // namespace octo::openpgp
