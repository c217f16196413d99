#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.h"
#include "codec/archive.h"
#include "stream/context.h"

namespace octo::codec {

// What all layers of one delivery share: its name, its limits and what was counted against them,
// and the report. Owned by the archive; outlives every layer. One thread at a time.
class Delivery {
 public:
  Delivery(std::string name, const Limits& limits, ArchiveReport& report,
           const stream::Context& context)
      : name_(std::move(name)), limits_(limits), report_(report), context_(context) {}
  Delivery(const Delivery&) = delete;
  Delivery& operator=(const Delivery&) = delete;

  const std::string& name() const { return name_; }
  const Limits& limits() const { return limits_; }
  const stream::Context& context() const { return context_; }

  // Counts, each of which throws kCorrupt when it reaches a limit.
  void CountPacked(uint64_t bytes) { report_.packed_bytes += bytes; }
  void CountUnpacked(uint64_t bytes);  // of entries
  void CountEntry();
  // Bytes that one layer made so far: a bomb may hide in a layer that never reaches an entry.
  void CheckProduced(uint64_t bytes) const;
  void CheckDepth(int depth) const;
  void CheckNameBytes(uint64_t bytes) const;

  // For the report; each text is listed once, however many entries say the same.
  void AddLayer(std::string_view layer);
  void AddVoucher(std::string_view voucher);

  // Throws the kCorrupt error of a limit: "... has more than 5 entries, the limit most_entries".
  [[noreturn]] void ThrowLimit(std::string_view what, std::string_view limit) const;

 private:
  const std::string name_;
  const Limits limits_;
  ArchiveReport& report_;
  const stream::Context context_;
  uint64_t entries_ = 0;
};

// A layer of a delivery, for its errors: "'x.tar.gz' cannot be unpacked: the gzip stream " + text.
// The delivery must outlive it.
class Place {
 public:
  // `what` begins with an article: "the gzip stream of entry 'a.csv.gz'".
  Place(Delivery& delivery, std::string what) : delivery_(&delivery), what_(std::move(what)) {}

  Delivery& delivery() const { return *delivery_; }
  const std::string& what() const { return what_; }

  Error Incomplete(std::string_view text) const;
  Error Corrupt(std::string_view text) const;
  Error Unsupported(std::string_view text, std::string hint) const;

 private:
  std::string Sentence(std::string_view text) const;
  Delivery* delivery_;
  std::string what_;
};

}  // namespace octo::codec
