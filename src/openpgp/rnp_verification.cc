#include "openpgp/rnp_verification.h"

#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include <utility>

#include "openpgp/rnp_handle.h"

namespace octo::openpgp {
namespace {

constexpr size_t kQueueBytes = 256 << 10;

bool ReadFromQueue(void* queue, void* buffer, size_t size, size_t* count) {
  try {
    *count = static_cast<stream::ByteQueue*>(queue)->Read({static_cast<std::byte*>(buffer), size});
    return true;
  } catch (...) {  // failed or stopped; the writer knows why
    return false;
  }
}

RnpVerification::Verdict FromStatus(rnp_result_t status) {
  switch (status) {
    case RNP_SUCCESS:
      return RnpVerification::Verdict::kGood;
    case RNP_ERROR_SIGNATURE_EXPIRED:
      return RnpVerification::Verdict::kExpired;
    case RNP_ERROR_KEY_NOT_FOUND:
      return RnpVerification::Verdict::kUnknownSigner;
    default:
      return RnpVerification::Verdict::kBad;
  }
}

}  // namespace

RnpVerification::RnpVerification(VerifierPool& pool, std::optional<std::string> detached_signature,
                                 std::stop_token stop)
    : queue_(kQueueBytes, std::move(stop)),
      lease_(pool.Take()),
      thread_([this, signature = std::move(detached_signature)] { Run(signature); }) {}

RnpVerification::~RnpVerification() {
  queue_.Fail(std::make_exception_ptr(0));  // wakes RNP's side; not an error of anybody's
  if (thread_.joinable()) thread_.join();
}

void RnpVerification::Run(const std::optional<std::string>& detached_signature) {
  rnp_input_t raw_input = nullptr;
  rnp_input_t raw_signature = nullptr;
  rnp_output_t raw_output = nullptr;
  rnp_op_verify_t raw_operation = nullptr;
  rnp_input_from_callback(&raw_input, ReadFromQueue, nullptr, &queue_);
  rnp_output_to_null(&raw_output);
  const RnpHandle<rnp_input_t> input(raw_input);
  const RnpHandle<rnp_output_t> output(raw_output);
  if (detached_signature) {
    rnp_input_from_memory(&raw_signature,
                          reinterpret_cast<const uint8_t*>(detached_signature->data()),
                          detached_signature->size(), false);
  }
  const RnpHandle<rnp_input_t> signature(raw_signature);
  if (detached_signature) {
    rnp_op_verify_detached_create(&raw_operation, lease_->ffi(), input.get(), signature.get());
  } else {
    rnp_op_verify_create(&raw_operation, lease_->ffi(), input.get(), output.get());
  }
  const RnpHandle<rnp_op_verify_t> operation(raw_operation);
  rnp_op_verify_execute(operation.get());  // each signature's verdict says more than the result
  size_t count = 0;
  rnp_op_verify_get_signature_count(operation.get(), &count);
  for (size_t i = 0; i < count; ++i) {
    rnp_op_verify_signature_t one = nullptr;
    if (rnp_op_verify_get_signature_at(operation.get(), i, &one) != RNP_SUCCESS) break;
    verdicts_.push_back(FromStatus(rnp_op_verify_signature_get_status(one)));
  }
  queue_.Cancel();
}

void RnpVerification::Write(std::span<const std::byte> data) { queue_.Write(data); }

std::vector<RnpVerification::Verdict> RnpVerification::Finish() {
  queue_.Finish();
  thread_.join();
  return std::move(verdicts_);
}

}  // namespace octo::openpgp
