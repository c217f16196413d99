#pragma once

#include <string>
#include <string_view>

#include "stream/prepared_object.h"

namespace octo::stream {

// A prepared object as it is stored in ledgers, so that any later version of the program can
// publish it:
//   {"key", "attempt", "handle", "in_memory", "parts": [{"number", "etag", "checksum", "bytes"}],
//   "bytes", "sha256",
//    "precondition": {"kind": "none" | "absent" | "matches", "etag"}}
// The names never change. Strings may hold any bytes.
std::string PreparedObjectToJson(const PreparedObject& object);

// Its inverse. Fields it does not know are ignored; "handle", "in_memory", "parts" and the
// precondition's "etag" may be missing. Throws kCorrupt (process scope, stage "ledger") when
// anything else is missing, or of a wrong type or value.
PreparedObject PreparedObjectFromJson(std::string_view json);

}  // namespace octo::stream
