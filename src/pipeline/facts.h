#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "codec/archive.h"
#include "ledger/ledger.h"
#include "openpgp/decryptor.h"
#include "stream/taps.h"

namespace octo::pipeline {

// Where the wall-clock time of a delivery went: each moment is counted for the stage that was
// waited for. Seconds.
struct StageTimes {
  double download = 0;
  double decrypt = 0;
  double unpack = 0;
  double store = 0;   // writing and hashing what is landed
  double commit = 0;  // preparing, the ledger, publishing

  StageTimes& operator+=(const StageTimes& other);
  // The name of the largest: "download", "decrypt", "unpack", "store", "commit".
  std::string Bottleneck() const;
};

// What is known about a delivery once it has been read to its verified end.
struct Facts {
  stream::HashResult transfer;  // of the bytes as the vendor sent them
  std::optional<openpgp::MessageReport> openpgp;
  codec::ArchiveReport archive;
  std::vector<std::string> companions;  // "sha256 tape.csv.gz.gpg.sha256", "signature …"
  std::string raw_key;                  // where the ciphertext is kept; empty: it is not
  StageTimes times;

  // What vouches for the file's end, strongest first; {"size alone"} when nothing does.
  std::vector<std::string> VouchedBy() const;
  // As kept in the ledger and the manifest.
  std::string ToJson() const;
};

// The manifest object of a landed delivery: enough to rebuild its part of a lost ledger.
std::string ManifestJson(const ledger::Delivery& delivery,
                         const std::vector<ledger::ObjectRecord>& objects,
                         const std::string& source_url);
// Throws kCorrupt for what is not a manifest.
ledger::LandedRecord ManifestFromJson(const std::string& json);
// "manifests/{provider}/{date of landing}/{delivery id}.json"
std::string ManifestKey(const ledger::Delivery& delivery, WallTime landed);

}  // namespace octo::pipeline
