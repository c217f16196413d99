#include "storage/s3_store.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "net/loopback_server.h"
#include "storage/object_store_contract.h"
#include "storage/s3_gateway.h"
#include "stream/memory_source.h"

namespace octo::storage {
namespace {

// One for all tests of this program; it goes when the program ends.
const S3Gateway& SharedGateway() {
  static const S3Gateway gateway;
  return gateway;
}

std::string Unavailable() { return S3Gateway::IsInstalled() ? "" : S3Gateway::kHowToInstall; }

class S3Harness final : public StoreHarness {
 public:
  S3Harness() {
    static int number = 0;
    options_ = SharedGateway().Options(fmt::format("test/{}", ++number));
    options_.first_part_bytes = PartPlan::kSmallestPart;
  }

  std::unique_ptr<ObjectStore> Connect() override { return std::make_unique<S3Store>(options_); }
  size_t TracesAt(const std::string& key) override {
    S3Client client(options_);
    return S3Uploads(client).IdsOf(key, {}).size();
  }
  std::unique_ptr<ObjectStore> ConnectToSilence() override {
    S3Options options = options_;
    options.endpoint = silence_.Url();
    options.tries = 1;
    return std::make_unique<S3Store>(options);
  }
  bool HoldsInMemory() const override { return true; }
  size_t LargeBytes() const override { return 2 * PartPlan::kSmallestPart + 4'321; }

 private:
  S3Options options_;
  net::LoopbackServer silence_{
      [](const auto&) { return net::LoopbackServer::Answer{.hold = true}; }};
};

INSTANTIATE_TEST_SUITE_P(Store, ObjectStoreContract,
                         testing::Values(StoreFactory{
                             "S3", Unavailable, [] { return std::make_unique<S3Harness>(); }}),
                         StoreName);

}  // namespace
}  // namespace octo::storage
