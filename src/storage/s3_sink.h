#pragma once

#include <atomic>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "crypto/digest.h"
#include "storage/part_buffer.h"
#include "storage/part_plan.h"
#include "storage/s3_uploads.h"

namespace octo::storage {

// An object that was small enough to be held in memory until its publication.
struct HeldObject {
  PartBuffer bytes;
  CreateOptions options;
};

// Uploads what is written in parts, some at once, each from a thread of its own. The first
// kS3SinkBytes belong to the delivery's minimum; more parts, and larger ones, only as the budget
// has room right now. Half of the budget is the most one sink takes.
class S3Sink final : public stream::Sink {
 public:
  struct Shared {
    S3Uploads& uploads;
    const S3Options& options;
    std::atomic<size_t>& parts_in_flight;  // of all sinks of the store
    std::function<void(const stream::PreparedObject&, HeldObject)>
        hold;  // keeps it for publication
  };

  // Throws kPermanent of delivery scope when `expected_bytes` can't fit.
  S3Sink(Shared shared, std::string key, CreateOptions options, const stream::Context& context);
  ~S3Sink() override;

  void Write(std::span<const std::byte> data) override;
  stream::PreparedObject Prepare() override;

 private:
  struct Part {
    int number = 0;
    PartBuffer buffer;
    size_t planned_bytes = 0;  // of memory
    stream::UploadedPart uploaded;
    std::thread thread;
  };

  template <typename Step>
  auto Run(Step step);
  void WriteSome(std::span<const std::byte> data);
  stream::PreparedObject PrepareAll();
  void BeginPart();
  void BeginUpload();
  void SendPart();
  void Send(Part& part) noexcept;
  void ThrowIfPartFailed();
  void FinishOldest();
  size_t MemoryFor(size_t wanted);
  void GiveUp() noexcept;
  void DropUpload() noexcept;

  Shared shared_;
  const std::string key_;
  const CreateOptions options_;
  // Ends the parts' threads when the sink fails or goes, or when its user asks for it.
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> stop_with_user_;
  const stream::Context context_;
  stream::Context part_context_;
  const PartPlan plan_;

  ChunkPool pool_;
  std::vector<stream::MemoryBudget::Lease> leases_;
  size_t allowed_bytes_ = kS3SinkBytes;
  size_t planned_bytes_ = 0;  // of the current part and of those in flight

  std::unique_ptr<Part> current_;
  std::deque<std::unique_ptr<Part>> in_flight_;  // oldest first
  std::string upload_;
  std::vector<stream::UploadedPart> uploaded_;
  int parts_ = 0;
  uint64_t bytes_ = 0;
  crypto::Digest digest_{crypto::DigestAlgorithm::kSha256};
  bool prepared_ = false;
  std::exception_ptr error_;
  std::mutex mutex_;  // of first_failure_
  std::exception_ptr
      first_failure_;  // of a part; those that were stopped because of it don't count
};

}  // namespace octo::storage
