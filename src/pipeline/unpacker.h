#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "codec/archive.h"
#include "pipeline/landing.h"
#include "pipeline/site.h"
#include "stream/context.h"
#include "stream/sink.h"
#include "stream/source.h"

namespace octo::pipeline {

// Thrown by Unpacker::Run when a large container that was taken for one file holds several, or the
// other way round: the keys depend on it, so the try starts again knowing it.
struct WrongGuess {
  bool several;
};

// The key of an entry. Objects of a further version are called name.v2.csv, or the next number that
// is free when a vendor's own file is called that. Throws kUsage when the layout can't be filled.
std::string KeyOfEntry(const Site& site, const ledger::Delivery& delivery, const std::string& entry,
                       bool several);

// Writes the archive's entries into invisible objects of a landing, up to the container's verified
// end.
class Unpacker {
 public:
  // `stop_transfer` wakes what the archive reads from, when writing fails while it is read ahead.
  Unpacker(const Site& site, const ledger::Delivery& delivery, Landing& landing,
           std::stop_source stop_transfer, const stream::Context& context);

  // `several`: whether the container holds several files, known from an earlier try; nullopt: find
  // out.
  void Run(codec::Archive& archive, const codec::ArchiveReport& report,
           std::optional<bool> several);

  // Wall-clock time so far spent in reading entries, and in writing and preparing objects.
  double read_seconds() const { return read_seconds_; }
  double write_seconds() const { return write_seconds_; }

 private:
  std::optional<codec::Entry> Next(codec::Archive& archive);
  bool FindOut(codec::Archive& archive, const codec::ArchiveReport& report,
               std::optional<codec::Entry>& entry);
  std::string ReadAtMost(stream::Source& source, size_t most);
  // One object out of `held` followed by `rest` (may be null).
  void Store(const std::string& name, std::string held, stream::Source* rest, bool several);
  void Pump(stream::Source& content, stream::Sink& sink);
  // False when the content ended within `most` bytes.
  bool PumpAtMost(stream::Source& content, stream::Sink& sink, uint64_t most);

  const Site& site_;
  const ledger::Delivery& delivery_;
  Landing& landing_;
  const std::stop_source stop_transfer_;
  const stream::Context& context_;
  std::vector<std::byte> buffer_;
  size_t count_ = 0;
  bool guessed_ = false;
  double read_seconds_ = 0;
  double write_seconds_ = 0;
};

}  // namespace octo::pipeline
