#pragma once

#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "openpgp/verifier_pool.h"
#include "stream/byte_queue.h"

namespace octo::openpgp {

// RNP verifying signatures on a thread of its own, fed through a bounded queue: RNP pulls, our
// sources are pulled too.
class RnpVerification {
 public:
  // What is written is packets (one-pass signatures, literal data, signatures), or, with a detached
  // signature, data.
  RnpVerification(VerifierPool& pool, std::optional<std::string> detached_signature,
                  std::stop_token stop);
  RnpVerification(const RnpVerification&) = delete;
  RnpVerification& operator=(const RnpVerification&) = delete;
  // Ends the thread at once.
  ~RnpVerification();

  // Blocks while the queue is full; throws kCancelled when stopped. Ignored once RNP has given up.
  void Write(std::span<const std::byte> data);

  enum class Verdict { kGood, kBad, kExpired, kUnknownSigner };
  // The verdicts in the order of the signatures; fewer than there were when RNP gave up.
  std::vector<Verdict> Finish();

 private:
  void Run(const std::optional<std::string>& detached_signature);

  stream::ByteQueue queue_;
  std::unique_ptr<VerifierPool::Lease> lease_;
  std::vector<Verdict> verdicts_;
  std::thread thread_;
};

}  // namespace octo::openpgp
