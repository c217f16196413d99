#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "ledger/ledger.h"

// The suite that every ledger passes: the TEST_Ps of *_contract_test.cc, once for each factory that
// INSTANTIATE_TEST_SUITE_P(Name, LedgerContract, …) names.
namespace octo::ledger {

// An empty database of one kind, under a clock that stands still until it is told.
class LedgerUnderTest {
 public:
  virtual ~LedgerUnderTest() = default;
  // One more connection to the same database, as another process has it.
  virtual std::unique_ptr<Ledger> Open() = 0;

  void Advance(std::chrono::microseconds time) { now_ += time.count(); }
  WallClock Clock() const {
    return [this] { return WallTime(std::chrono::microseconds(now_)); };
  }

 private:
  std::atomic<int64_t> now_ = 1'780'000'000'000'000;  // in 2026
};

struct LedgerFactory {
  std::string name;
  std::function<std::unique_ptr<LedgerUnderTest>()> make;

  friend std::ostream& operator<<(std::ostream& out, const LedgerFactory& factory) {
    return out << factory.name;
  }
};

class LedgerContract : public testing::TestWithParam<LedgerFactory> {
 protected:
  static constexpr auto kLease = std::chrono::seconds(60);

  static Candidate File(std::string path, uint64_t bytes = 10, int modified_seconds = 1000) {
    return {std::move(path), bytes, WallTime(std::chrono::seconds(modified_seconds))};
  }
  static Error Failed(ErrorKind kind = ErrorKind::kTransient) {
    return {kind, ErrorScope::kDelivery, "download", "the connection was cut at byte 7",
            "wait for \"the\" vendor\nto come back"};
  }
  static PreparedEntry Prepared(const std::string& attempt, const std::string& key,
                                const std::string& entry = {}) {
    return {{.key = key,
             .attempt = attempt,
             .handle = "upload-" + key,
             .parts = {{.number = 1, .etag = "e1", .checksum = "c1", .bytes = 10}},
             .bytes = 10,
             .sha256 = std::string(64, 'a'),
             .precondition = {}},
            entry,
            "s3://bucket/" + key};
  }
  static ObjectRecord Object(const std::string& key, const std::string& etag = "etag") {
    return {.key = key,
            .url = "s3://bucket/" + key,
            .etag = etag,
            .bytes = 10,
            .sha256 = std::string(64, 'a'),
            .entry = "entry of " + key};
  }

  // Discovers one file of the provider "affirm".
  std::string Discover(const Candidate& file) {
    return ledger_->Discover("affirm", std::vector{file}).at(0);
  }
  Known Lookup(const Candidate& file) { return ledger_->Lookup("affirm", std::vector{file}).at(0); }
  // Claims what must be due.
  Claim Take(const std::string& id, const std::string& worker = "worker-1") {
    std::optional<Claim> claim = ledger_->TryClaim(id, worker, kLease);
    if (!claim) throw std::runtime_error("the delivery " + id + " can't be claimed");
    return *claim;
  }
  bool IsDue(const std::string& id) {
    std::optional<Claim> claim = ledger_->TryClaim(id, "prober", kLease);
    if (claim) ledger_->Released(*claim);
    return claim.has_value();
  }
  Delivery Get(const std::string& id) { return ledger_->Find(id).value(); }
  DeliveryState StateOf(const std::string& id) { return Get(id).state; }
  void Commit(const Claim& claim, const std::string& key, const std::string& content = "content") {
    ledger_->Committing(claim, std::vector{Prepared(claim.attempt, key)}, content, "{}");
  }
  // Claims, commits and lands one object; returns the id.
  std::string Land(const Candidate& file, const std::string& key,
                   const std::string& content = "content") {
    const Claim claim = Take(Discover(file));
    Commit(claim, key, content);
    ledger_->Landed(claim, std::vector{Object(key)}, {});
    return claim.delivery.id;
  }

  // Everything that a claim allows fails with LeaseLost.
  void ExpectLost(const Claim& claim);

  std::unique_ptr<LedgerUnderTest> database_ = GetParam().make();
  std::unique_ptr<Ledger> ledger_ = database_->Open();
};

// The error that `call` throws; fails the test when it throws none.
template <typename Call>
Error Thrown(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "nothing was thrown";
  return {ErrorKind::kBug, ErrorScope::kProcess, "none", "nothing was thrown"};
}

}  // namespace octo::ledger
