#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "stream/context.h"
#include "stream/prepared_object.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace octo::storage {

using Metadata = std::map<std::string, std::string>;  // names in lower case, values printable ASCII

struct CreateOptions {
  std::string content_type = "application/octet-stream";
  Metadata metadata;    // fixed when the object is created: "octo-delivery", "octo-attempt", ...
  std::string attempt;  // goes into PreparedObject and, as "octo-attempt", into the metadata
  stream::Precondition precondition;
  std::optional<uint64_t>
      expected_bytes;               // when known: chooses part sizes, refuses what can't fit early
  bool may_hold_in_memory = false;  // see PreparedObject::in_memory
};

struct ObjectInfo {
  std::string key;
  uint64_t bytes = 0;
  std::string etag;
  WallTime modified;
  Metadata metadata;  // Stat only; List leaves it empty
};

// Proof of a publication.
struct Receipt {
  std::string key;
  std::string url;  // s3://bucket/prefix/key or file:///folder/key
  std::string etag;
  uint64_t bytes = 0;
  std::string sha256;
};

// What became of a publication: tells the caller what to do next.
struct PublishResult {
  enum class Outcome {
    kPublished,  // the object stands there, by this call or an earlier one
    kLost,       // what was prepared is gone (an upload somebody aborted, a dead process's memory):
                 // fetch again
    kConflict,   // somebody else's object stands at the key, or the precondition does not hold
  };
  Outcome outcome = Outcome::kPublished;
  Receipt receipt;     // of kPublished
  std::string detail;  // for a person, of the other two
};

struct ByteRange {
  uint64_t offset = 0;
  std::optional<uint64_t> bytes;  // to the end when absent
};

// A place where objects are stored under keys: a bucket, a folder. Keys are relative to the store's
// prefix, '/'-separated, without leading '/', empty, "." or ".." parts. Thread-safe. Failures are
// octo::Error: destination scope for what concerns the whole store (refused credentials, no such
// bucket, full disk, unreachable), delivery scope for one key. Every implementation passes
// storage/object_store_contract.h.
class ObjectStore {
 public:
  ObjectStore() = default;
  ObjectStore(const ObjectStore&) = delete;
  ObjectStore& operator=(const ObjectStore&) = delete;
  virtual ~ObjectStore() = default;

  // A sink for one object, invisible until published. Its destruction without Prepare abandons it.
  // Must not outlive the store.
  virtual std::unique_ptr<stream::Sink> Create(const std::string& key, CreateOptions options,
                                               const stream::Context& context) = 0;
  // Makes a prepared object visible, whole, at once. Idempotent, from any process: a lost answer or
  // a repeated call is settled by looking at what stands at the key (its attempt), not by the
  // status of the answer.
  virtual PublishResult Publish(const stream::PreparedObject& object,
                                const stream::Context& context) = 0;
  // Removes exactly what was prepared, if it is not published. Idempotent, from any process.
  virtual void Abandon(const stream::PreparedObject& object, const stream::Context& context) = 0;
  // Removes what attempts left invisible at exactly this key, except the handles in `keep`.
  // Idempotent.
  virtual void AbandonAttempts(const std::string& key, const std::vector<std::string>& keep,
                               const stream::Context& context) = 0;

  // The object's bytes (or a range of them); the end is verified against the length the store
  // declared. A range that begins at or behind the end is empty. Throws kPermanent of delivery
  // scope when there is no such object.
  virtual std::unique_ptr<stream::Source> Open(const std::string& key, ByteRange range,
                                               const stream::Context& context) = 0;
  virtual std::optional<ObjectInfo> Stat(const std::string& key,
                                         const stream::Context& context) = 0;
  // Every visible object whose key begins with `prefix`, in order of key, page by page. The visitor
  // returns false to stop.
  virtual void List(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit,
                    const stream::Context& context) = 0;
  // Removes the object; with a kMatches precondition only if it is still that one (else kConflict).
  // Absent: fine.
  virtual void Remove(const std::string& key, const stream::Precondition& precondition,
                      const stream::Context& context) = 0;

  // "s3://bucket/prefix" or "file:///folder", without trailing '/'.
  virtual std::string Url() const = 0;
};

}  // namespace octo::storage
