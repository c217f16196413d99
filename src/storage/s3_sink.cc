#include "storage/s3_sink.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace octo::storage {
namespace {

constexpr const char* kStage = "upload";
// Dropping an upload: how long the store may be silent, and how long it is tried, since a store may
// refuse while a part is still arriving.
struct Patience {
  std::chrono::milliseconds silence;
  std::chrono::milliseconds tries;
};
constexpr Patience kPatience{std::chrono::seconds(2), std::chrono::seconds(5)};
// After a stop the sink must be gone within a second; what is not dropped by then is found by the
// next attempt.
constexpr Patience kPatienceAfterStop{std::chrono::milliseconds(500),
                                      std::chrono::milliseconds(250)};
constexpr std::chrono::milliseconds kBetweenTries{25};

size_t LargestPart(const S3Options& options, const stream::Context& context) {
  if (context.budget == nullptr) return options.largest_part_bytes;
  return std::min(options.largest_part_bytes, context.budget->limit() / 4);
}

std::string InMegabytes(uint64_t bytes) { return fmt::format("{} MB", bytes / 1'000'000); }

}  // namespace

S3Sink::S3Sink(Shared shared, std::string key, CreateOptions options,
               const stream::Context& context)
    : shared_(std::move(shared)),
      key_(std::move(key)),
      options_(std::move(options)),
      stop_with_user_(context.stop, [this] { stop_.request_stop(); }),
      context_(context),
      part_context_(context),
      plan_(shared_.options.first_part_bytes, LargestPart(shared_.options, context),
            options_.expected_bytes) {
  part_context_.stop = stop_.get_token();
  if (options_.expected_bytes && *options_.expected_bytes > plan_.LargestObject()) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, kStage,
                fmt::format("{} will have {}, and the largest object that fits into {} parts is {} "
                            "with this memory budget",
                            shared_.uploads.UrlOf(key_), InMegabytes(*options_.expected_bytes),
                            PartPlan::kMostParts, InMegabytes(plan_.LargestObject())),
                "raise memory_budget: parts may take a quarter of it");
  }
}

S3Sink::~S3Sink() {
  if (!prepared_) GiveUp();
}

template <typename Step>
auto S3Sink::Run(Step step) {
  if (error_) std::rethrow_exception(error_);
  try {
    context_.ThrowIfStopped(kStage);
    return step();
  } catch (...) {
    error_ = std::current_exception();
  }
  GiveUp();
  if (first_failure_) error_ = first_failure_;
  std::rethrow_exception(error_);
}

void S3Sink::GiveUp() noexcept {
  stop_.request_stop();
  for (auto& part : in_flight_) part->thread.join();
  shared_.parts_in_flight -= in_flight_.size();
  in_flight_.clear();
  current_.reset();
  pool_ = {};
  leases_.clear();
  if (!upload_.empty()) DropUpload();
}

void S3Sink::DropUpload() noexcept {
  const Patience patience = context_.stop.stop_requested() ? kPatienceAfterStop : kPatience;
  const auto give_up = std::chrono::steady_clock::now() + patience.tries;
  std::string trouble = "it stays in the list of uploads";
  do {
    try {
      stream::Context last;  // without the stop, which would end this at once
      last.silence = patience.silence;
      shared_.uploads.Abort(key_, upload_, last, 1);
      // A part that was still arriving can keep the upload alive.
      const auto left = shared_.uploads.IdsOf(key_, last, 1);
      if (std::find(left.begin(), left.end(), upload_) == left.end()) {
        upload_.clear();
        return;
      }
    } catch (...) {
      trouble = Describe(CurrentError(kStage));
    }
    std::this_thread::sleep_for(kBetweenTries);
  } while (std::chrono::steady_clock::now() < give_up);
  log::Warning("an upload of {} is left for the next attempt to drop: {}",
               shared_.uploads.UrlOf(key_), trouble);
  upload_.clear();
}

void S3Sink::Write(std::span<const std::byte> data) {
  Run([&] { WriteSome(data); });
}

void S3Sink::WriteSome(std::span<const std::byte> data) {
  digest_.Update(data);
  bytes_ += data.size();
  if (context_.progress != nullptr) context_.progress->bytes += data.size();
  while (!data.empty()) {
    if (!current_) BeginPart();
    const size_t count = std::min(data.size(), current_->planned_bytes - current_->buffer.bytes());
    current_->buffer.Append(data.first(count), pool_);
    data = data.subspan(count);
    if (current_->buffer.bytes() == current_->planned_bytes) SendPart();
  }
}

// Memory for a part of up to `wanted` bytes, beside what the sink uses already; 0 if there is none
// right now.
size_t S3Sink::MemoryFor(size_t wanted) {
  const size_t needed = planned_bytes_ + wanted;
  if (needed <= allowed_bytes_) return wanted;
  if (context_.budget == nullptr) return wanted;
  if (needed <= context_.budget->limit() / 2) {
    if (auto lease = context_.budget->TryAcquire(needed - allowed_bytes_)) {
      allowed_bytes_ += lease->bytes();
      leases_.push_back(*std::move(lease));
      return wanted;
    }
  }
  return planned_bytes_ == 0 ? std::min(wanted, allowed_bytes_) : 0;
}

void S3Sink::BeginPart() {
  if (parts_ == PartPlan::kMostParts) {
    throw Error(
        ErrorKind::kPermanent, ErrorScope::kDelivery, kStage,
        fmt::format("{} does not fit into {} parts; with this memory budget {} are the most",
                    shared_.uploads.UrlOf(key_), PartPlan::kMostParts,
                    InMegabytes(plan_.LargestObject())),
        "raise memory_budget: parts may take a quarter of it");
  }
  while (in_flight_.size() >= shared_.options.parts_in_flight) FinishOldest();
  size_t memory = 0;
  while ((memory = MemoryFor(plan_.NextPart(bytes_))) == 0) FinishOldest();
  current_ = std::make_unique<Part>();
  current_->number = ++parts_;
  current_->planned_bytes = memory;
  planned_bytes_ += memory;
}

void S3Sink::BeginUpload() {
  if (upload_.empty()) upload_ = shared_.uploads.Begin(key_, options_, part_context_);
}

// Sends the current part from a thread of its own.
void S3Sink::SendPart() {
  ThrowIfPartFailed();
  BeginUpload();
  while (!in_flight_.empty() && shared_.parts_in_flight >= shared_.options.max_connections)
    FinishOldest();
  current_->thread = std::thread([this, &part = *current_] { Send(part); });
  in_flight_.push_back(std::move(current_));
  ++shared_.parts_in_flight;
}

void S3Sink::Send(Part& part) noexcept {
  try {
    part.uploaded =
        shared_.uploads.SendPart(key_, upload_, part.number, part.buffer.Pieces(), part_context_);
  } catch (...) {
    const std::lock_guard lock(mutex_);
    if (!first_failure_) first_failure_ = std::current_exception();
    stop_.request_stop();  // the other parts are in vain
  }
}

void S3Sink::ThrowIfPartFailed() {
  const std::lock_guard lock(mutex_);
  if (first_failure_) std::rethrow_exception(first_failure_);
}

void S3Sink::FinishOldest() {
  const auto part = std::move(in_flight_.front());
  in_flight_.pop_front();
  part->thread.join();
  --shared_.parts_in_flight;
  planned_bytes_ -= part->planned_bytes;
  part->buffer.Release(pool_);
  ThrowIfPartFailed();
  uploaded_.push_back(part->uploaded);
}

stream::PreparedObject S3Sink::Prepare() {
  return Run([&] {
    auto object = PrepareAll();
    prepared_ = true;
    return object;
  });
}

stream::PreparedObject S3Sink::PrepareAll() {
  stream::PreparedObject object;
  object.key = key_;
  object.attempt = options_.attempt;
  object.bytes = bytes_;
  object.sha256 = digest_.FinishHex();
  object.precondition = options_.precondition;
  if (!current_ && parts_ == 0) BeginPart();  // an empty object is an empty part
  if (upload_.empty() && options_.may_hold_in_memory && bytes_ <= kS3SinkBytes) {
    object.in_memory = true;
    shared_.hold(object, {std::move(current_->buffer), options_});
    return object;
  }
  if (current_) {
    BeginUpload();
    Send(*current_);
  }
  while (!in_flight_.empty()) FinishOldest();
  ThrowIfPartFailed();
  if (current_) uploaded_.push_back(current_->uploaded);
  object.handle = upload_;
  object.parts = std::move(uploaded_);
  return object;
}

}  // namespace octo::storage
