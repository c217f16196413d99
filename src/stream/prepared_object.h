#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace octo::stream {

// What must hold at the destination for a publication to happen.
struct Precondition {
  enum class Kind {
    kNone,
    kAbsent,   // nothing stands at the key (If-None-Match: *)
    kMatches,  // exactly the object with this etag stands there (If-Match)
  };
  Kind kind = Kind::kAbsent;
  std::string etag;  // for kMatches: as ObjectInfo and Receipt give it
};

struct UploadedPart {
  int number = 0;  // from 1
  std::string etag;
  std::string checksum;  // as the store wants it repeated at completion; may be empty
  uint64_t bytes = 0;
};

// What a sink leaves behind when it is prepared: durable but invisible, and enough for any process
// on any node to publish or abandon it later. Stored in the ledger (see prepared_object_json.h);
// holds no secret.
struct PreparedObject {
  std::string key;      // in the store, without the store's own prefix
  std::string attempt;  // which attempt at the delivery wrote it
  std::string handle;   // the store's: an upload id, or the name of a temporary file; empty when
                        // held in memory
  // An object held in memory is the exception to "durable": only the process that wrote it can
  // publish it, at once, by one conditional PUT. Allowed only for a delivery of one object, where
  // recovery can start again instead.
  bool in_memory = false;
  std::vector<UploadedPart> parts;
  uint64_t bytes = 0;
  std::string sha256;  // lower-case hexadecimal, of the bytes written
  Precondition precondition;
};

}  // namespace octo::stream
