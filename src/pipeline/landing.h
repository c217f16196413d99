#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ledger/ledger.h"
#include "pipeline/site.h"
#include "stream/context.h"
#include "stream/sink.h"

namespace octo::pipeline {

// The protocol that lands a delivery exactly once, whatever is killed when. Called in this order,
// by one thread:
//
//   CleanUp      removes what earlier attempts left invisible at their keys
//   Create ...   one invisible object an entry; the key is in the ledger before anything exists at
//   the store Prepare ...  each object durable, still invisible Commit       one durable ledger
//   transaction with everything that is needed to publish: THE COMMIT POINT.
//                Before it, recovery abandons the attempt and starts again; after it, anybody rolls
//                forward.
//   Publish      each object visible; idempotent; what an earlier call or process did is recognised
//   by its attempt Finish       landed, durable, together with what is to be done after it (the
//   outbox)
//
// For a claim that says roll_forward the sequence is CleanUp, Publish, Finish. Destroyed before
// Commit it leaves nothing behind.
class Landing {
 public:
  Landing(const Site& site, const ledger::Claim& claim, stream::Context context);
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;
  ~Landing();

  void CleanUp();
  // A sink for the entry (name within the archive, empty for a lone file) to be landed at `key`.
  // Throws kConflict when somebody else's object stands there. The landing owns the sink. `lone`:
  // it is surely the delivery's only object.
  stream::Sink& Create(const std::string& key, const std::string& entry,
                       const std::string& content_type, bool lone);
  // Prepares the sink that was created last.
  const stream::PreparedObject& Prepare();
  // Gives up everything made so far (to start again within the attempt); destruction before Commit
  // does the same.
  void Abandon();

  const std::vector<ledger::PreparedEntry>& prepared() const { return prepared_; }

  void Commit(const std::string& content, const std::string& facts);
  // False when what was committed is lost: the delivery is pending again (the claim has ended) and
  // must be fetched anew.
  bool Publish();
  std::vector<ledger::ObjectRecord> Finish(const std::vector<ledger::OutboxItem>& outbox);

 private:
  stream::Precondition PreconditionFor(const std::string& key) const;
  std::optional<std::string> EtagOfEarlierVersion(const std::string& url) const;

  const Site& site_;
  const ledger::Claim& claim_;
  stream::Context context_;
  std::unique_ptr<stream::Sink> sink_;
  std::string entry_;
  std::vector<ledger::PreparedEntry> prepared_;
  std::vector<ledger::ObjectRecord> published_;
  bool committed_ = false;
};

}  // namespace octo::pipeline
