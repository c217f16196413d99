#pragma once

#include <memory>
#include <string>

#include "ledger/ledger.h"
#include "pipeline/site.h"
#include "stream/context.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace octo::pipeline {

// The ciphertext of a delivery as it was received, kept at the provider's keep_raw layout:
// published as soon as the transfer is verified, whatever the layers above say of it, so that a
// delivery can be tried again without the vendor.
class RawCopy {
 public:
  // Nothing is kept when the provider has no keep_raw.
  RawCopy(const Site& site, const ledger::Claim& claim, const stream::Context& context);

  // Whether a whole copy is there, from an earlier attempt.
  bool Exists() const { return exists_; }
  std::unique_ptr<stream::Source> Open() const;
  // Where to write while the transfer runs; null when there is nothing to write (no keep_raw, or it
  // exists).
  stream::Sink* sink();
  // After the transfer's verified end.
  void Publish();
  const std::string& key() const { return key_; }  // empty: not kept

 private:
  const Site& site_;
  const ledger::Claim& claim_;
  const stream::Context context_;
  std::string key_;
  bool exists_ = false;
  std::unique_ptr<stream::Sink> sink_;
};

// Whether a whole copy of the delivery is kept.
bool RawCopyExists(const Site& site, const ledger::Delivery& delivery,
                   const stream::Context& context);

}  // namespace octo::pipeline
