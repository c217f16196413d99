#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/error.h"

namespace octo::ledger {

// Something to do after a landing, done at least once, until it succeeds. The items of one delivery
// are done in the order in which Landed got them: the next is given out when the one before is
// done.
struct OutboxItem {
  int64_t id = 0;                // given by the ledger
  std::string delivery{};        // id; given by the ledger
  std::string action{};          // "manifest", "remote-delete", "remote-move"
  std::string payload{};         // JSON
  int tries = 0;                 // that failed
  bool interrupted = false;      // somebody else had it, and its lease ran out: it may be half done
  std::optional<Error> error{};  // the last failure
};

}  // namespace octo::ledger
