#include "storage/s3_store.h"

#include <gmock/gmock.h>

#include <fstream>

#include "base/error.h"
#include "net/loopback_server.h"
#include "storage/object_store_contract.h"
#include "storage/s3_gateway.h"
#include "storage/test_environment.h"
#include "stream/memory_source.h"

namespace octo::storage {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using Kind = stream::Precondition::Kind;
using Outcome = PublishResult::Outcome;

constexpr size_t kPart = PartPlan::kSmallestPart;

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

class S3StoreTest : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto reason = Unavailable(); !reason.empty()) GTEST_SKIP() << reason;
    static int number = 0;
    options_ = SharedGateway().Options(fmt::format("settings/{}", ++number));
    options_.first_part_bytes = kPart;
  }

  static stream::PreparedObject Prepare(ObjectStore& store, const std::string& bytes) {
    const auto sink = store.Create("a.bin", {.attempt = "a1"}, {});
    sink->Write(std::as_bytes(std::span(bytes)));
    return sink->Prepare();
  }

  std::string Fetch() {
    S3Store store(options_);
    return stream::ReadAll(*store.Open("a.bin", {}, {}));
  }

  S3Options options_;
};

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

TEST_F(S3StoreTest, WrongCredentialsAndBucketsAreTheDestinations) {
  S3Options options = options_;
  options.environment = EnvironmentOf({{"AWS_ACCESS_KEY_ID", S3Gateway::kAccessKey},
                                       {"AWS_SECRET_ACCESS_KEY", "wrongsecret"},
                                       {"AWS_EC2_METADATA_DISABLED", "true"}});
  const auto failure = [](const S3Options& with, const std::function<void(S3Store&)>& call) {
    S3Store store(with);
    try {
      call(store);
    } catch (const Error& error) {
      EXPECT_EQ(error.scope, ErrorScope::kDestination);
      EXPECT_THAT(Describe(error), Not(HasSubstr("wrongsecret")));
      return error.kind;
    }
    ADD_FAILURE() << "no error was thrown";
    return ErrorKind::kBug;
  };
  const auto prepare = [](S3Store& store) { Prepare(store, "x"); };
  const auto stat = [](S3Store& store) { store.Stat("a.bin", {}); };
  const auto list = [](S3Store& store) {
    store.List("", [](const ObjectInfo&) { return true; }, {});
  };
  EXPECT_EQ(failure(options, prepare), ErrorKind::kDenied);
  EXPECT_EQ(failure(options, stat), ErrorKind::kDenied);
  EXPECT_EQ(failure(options, list), ErrorKind::kDenied);
  options = options_;
  options.bucket = "nobodys-bucket";
  EXPECT_EQ(failure(options, prepare), ErrorKind::kPermanent);
  EXPECT_EQ(failure(options, list), ErrorKind::kPermanent);
}

TEST_F(S3StoreTest, ObjectsThatCanNotFitAreRefusedBeforeAnythingIsSent) {
  net::LoopbackServer unasked([](const auto&) { return net::LoopbackServer::Answer{}; });
  options_.endpoint = unasked.Url();
  S3Store store(options_);
  stream::MemoryBudget budget(128 << 20);
  stream::Context context;
  context.budget = &budget;
  CreateOptions options;
  options.expected_bytes = uint64_t{400} << 30;
  try {
    store.Create("a.bin", options, context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kPermanent);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
    EXPECT_THAT(error.hint, HasSubstr("memory_budget"));
  }
  EXPECT_THAT(unasked.Requests(), IsEmpty());
}

TEST_F(S3StoreTest, KeepsToTheMemoryBudgetAndGivesItBack) {
  S3Store store(options_);
  for (const size_t limit : {size_t{64} << 20, size_t{24} << 20, size_t{1} << 20}) {
    stream::MemoryBudget budget(limit);
    stream::Context context;
    context.budget = &budget;
    {
      const auto sink = store.Create("a.bin", {.precondition = {Kind::kNone, {}}}, context);
      const std::string bytes = Bytes(8 * kPart);
      sink->Write(std::as_bytes(std::span(bytes)));
      store.Publish(sink->Prepare(), {});
      EXPECT_LE(budget.peak() + kS3SinkBytes, std::max(limit / 2, kS3SinkBytes));
    }
    EXPECT_EQ(budget.used(), 0u);
    EXPECT_TRUE(Fetch() == Bytes(8 * kPart));
  }
}

TEST_F(S3StoreTest, VirtualHostsWorkLikePaths) {
  S3Gateway gateway("--virtual-domain localhost");
  S3Options options = gateway.Options("");
  options.endpoint.replace(options.endpoint.find("127.0.0.1"), 9, "localhost");
  options.path_style = false;
  S3Store store(options);
  EXPECT_EQ(store.Publish(Prepare(store, "hello"), {}).outcome, Outcome::kPublished);
  EXPECT_EQ(stream::ReadAll(*store.Open("a.bin", {}, {})), "hello");
  std::ifstream file(gateway.folder() + "/data/octo/a.bin");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), {}), "hello");
}

TEST_F(S3StoreTest, OverTlsThePayloadIsNotHashedButTheServerIsVerified) {
  const std::string folder = SharedGateway().folder() + "/tls";
  const std::string make = fmt::format(
      "mkdir -p {0} && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days "
      "2 -subj /CN=test "
      "-addext subjectAltName=IP:127.0.0.1 -keyout {0}/key.pem -out {0}/cert.pem 2>/dev/null",
      folder);
  if (std::system(make.c_str()) != 0) GTEST_SKIP() << "no openssl program to make a certificate";
  S3Gateway gateway(fmt::format("--tls {0}/cert.pem {0}/key.pem", folder));
  S3Options options = gateway.Options("p");
  options.first_part_bytes = kPart;
  options.ca_bundle = folder + "/cert.pem";
  S3Store store(options);
  const std::string bytes = Bytes(2 * kPart + 7);
  EXPECT_EQ(store.Publish(Prepare(store, bytes), {}).outcome, Outcome::kPublished);
  EXPECT_TRUE(stream::ReadAll(*store.Open("a.bin", {}, {})) == bytes);

  options.ca_bundle.clear();  // the system does not know this certificate
  try {
    S3Store(options).Stat("a.bin", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kDenied);
    EXPECT_THAT(error.hint, HasSubstr("CA bundle"));
  }
}

}  // namespace
}  // namespace octo::storage
