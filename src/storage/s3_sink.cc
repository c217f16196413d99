#include "storage/s3_sink.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/log.h"

namespace octo::storage {
namespace {

constexpr const char* kStage = "upload";
// How long dropping an upload may take. After a stop it is short, since the delivery must end
// within a second; what is not dropped then is found by the next attempt.
constexpr std::chrono::milliseconds kAbortSilence{5'000};
constexpr std::chrono::milliseconds kAbortSilenceAfterStop{600};

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
    GiveUp();
    throw;
  }
}

void S3Sink::GiveUp() noexcept {
  stop_.request_stop();
  for (auto& part : in_flight_) part->thread.join();
  shared_.parts_in_flight -= in_flight_.size();
  in_flight_.clear();
  current_.reset();
  pool_ = {};
  leases_.clear();
  if (upload_.empty()) return;
  try {
    stream::Context last;
    last.silence = context_.stop.stop_requested() ? kAbortSilenceAfterStop : kAbortSilence;
    shared_.uploads.Abort(key_, std::exchange(upload_, {}), last);
  } catch (...) {
    log::Warning("an upload is left for the next attempt to drop: {}",
                 Describe(CurrentError(kStage)));
  }
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
  BeginUpload();
  while (!in_flight_.empty() && shared_.parts_in_flight >= shared_.options.max_connections)
    FinishOldest();
  in_flight_.push_back(std::move(current_));
  ++shared_.parts_in_flight;
  Part& part = *in_flight_.back();
  part.thread = std::thread([this, &part] {
    try {
      Send(part);
    } catch (...) {
      part.error = std::current_exception();
      stop_.request_stop();  // the other parts are in vain
    }
  });
}

void S3Sink::Send(Part& part) {
  part.uploaded =
      shared_.uploads.SendPart(key_, upload_, part.number, part.buffer.Pieces(), part_context_);
}

void S3Sink::FinishOldest() {
  const auto part = std::move(in_flight_.front());
  in_flight_.pop_front();
  part->thread.join();
  --shared_.parts_in_flight;
  planned_bytes_ -= part->planned_bytes;
  part->buffer.Release(pool_);
  if (part->error) std::rethrow_exception(part->error);
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
  if (upload_.empty() && options_.may_hold_in_memory) {
    object.in_memory = true;
    shared_.hold(object, {std::move(current_->buffer), options_});
    return object;
  }
  if (current_) {
    BeginUpload();
    Send(*current_);
  }
  while (!in_flight_.empty()) FinishOldest();
  if (current_) uploaded_.push_back(current_->uploaded);
  object.handle = upload_;
  object.parts = std::move(uploaded_);
  return object;
}

}  // namespace octo::storage
