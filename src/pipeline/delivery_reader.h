#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "codec/archive.h"
#include "openpgp/decryptor.h"
#include "pipeline/facts.h"
#include "pipeline/planner.h"
#include "pipeline/site.h"
#include "provider/companion.h"
#include "stream/peek_source.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace octo::pipeline {

// A companion's content, fetched beforehand.
struct CompanionText {
  provider::FoundCompanion companion;
  std::string text;
  bool older_than_data =
      false;  // it may belong to an earlier sending: then a mismatch is "incomplete", not "corrupt"
};

// Fetches the file's companions (those that the policy wants) into memory.
std::vector<CompanionText> FetchCompanions(const Site& site, const PlannedFile& file,
                                           const stream::Context& context);

// Reads one delivery from its transfer to its verified plain entries:
//
//   transfer → hash ─┬→ raw copy (optional)
//                    └→ companions → [OpenPGP → companions] → codecs → Archive
//
// and keeps the facts. The transfer is read ahead on a thread of its own. One thread at a time.
class DeliveryReader {
 public:
  // `transfer` ends verified as the vendor's file; its blocked reads end when `stop_transfer` is
  // asked to stop. `raw_copy` (may be null) gets the bytes as they came.
  DeliveryReader(const Site& site, std::string name, std::unique_ptr<stream::Source> transfer,
                 std::stop_source stop_transfer, std::vector<CompanionText> companions,
                 stream::Sink* raw_copy, const stream::Context& context);
  DeliveryReader(const DeliveryReader&) = delete;
  DeliveryReader& operator=(const DeliveryReader&) = delete;
  ~DeliveryReader();

  // Looks at the first bytes and puts the layers together. Throws, before anything more is
  // transferred, when no key of ours can open the message.
  codec::Archive& Open();
  const codec::ArchiveReport& archive_report() const { return facts_.archive; }
  // After an error of the layers above: reads the transfer to its end, so that the raw copy is
  // whole. Throws what the transfer throws.
  void DrainTransfer();
  // After the verified end: checks what the provider demands of it (unframed, signature), then
  // gives the facts. `seconds_waited`: how long the caller waited for entries in all; it is divided
  // among download, decrypt and unpack.
  Facts Finish(double seconds_waited);

 private:
  std::unique_ptr<stream::Source> WithCompanions(std::unique_ptr<stream::Source> source,
                                                 bool of_content);
  bool HasDetachedSignature() const;
  std::unique_ptr<stream::Source> WithDecryption(std::unique_ptr<stream::Source> source);

  const Site& site_;
  const std::string name_;
  const std::vector<CompanionText> companions_;
  const stream::Context context_;
  Facts facts_;
  std::vector<std::unique_ptr<openpgp::MessageReport>> detached_reports_;
  std::atomic<int64_t> transfer_wait_ = 0;  // nanoseconds the layers above waited for the transfer
  std::atomic<int64_t> decrypt_wait_ = 0;   // nanoseconds the codecs waited for what is below them
  std::unique_ptr<stream::PeekSource> transfer_;
  std::unique_ptr<codec::Archive> archive_;
};

}  // namespace octo::pipeline
