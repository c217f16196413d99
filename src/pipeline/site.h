#pragma once

#include <functional>
#include <string>

#include "base/time.h"
#include "codec/archive.h"
#include "ledger/ledger.h"
#include "openpgp/decryptor.h"
#include "provider/provider.h"
#include "remote/remote_folder.h"
#include "storage/object_store.h"
#include "stream/memory_budget.h"

namespace octo::pipeline {

// Everything that works together for one provider: where its files come from, how they are opened,
// where they go and who remembers. Put together by the composition root; not owned, must outlive
// whatever uses it. Thread-safe as its parts are.
struct Site {
  const provider::Provider& provider;
  remote::RemoteFolder& remote;
  storage::ObjectStore& store;
  ledger::Ledger& ledger;
  openpgp::Decryptor& decryptor;
  openpgp::Policy openpgp_policy;
  codec::Limits limits;
  stream::MemoryBudget& budget;
  std::string worker;  // "host:pid:random": who claims
  std::chrono::seconds lease = std::chrono::seconds(60);
  std::chrono::milliseconds silence = std::chrono::seconds(60);
};

}  // namespace octo::pipeline
