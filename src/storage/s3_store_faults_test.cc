// The S3 store against a real gateway behind a proxy that loses answers, refuses, and cuts
// connections.
#include <gmock/gmock.h>

#include <algorithm>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "crypto/digest.h"
#include "net/http_client.h"
#include "net/loopback_server.h"
#include "storage/s3_gateway.h"
#include "storage/s3_store.h"
#include "stream/memory_source.h"

namespace octo::storage {
namespace {

using net::LoopbackServer;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using Answer = LoopbackServer::Answer;
using Kind = stream::Precondition::Kind;
using Outcome = PublishResult::Outcome;

constexpr size_t kPart = PartPlan::kSmallestPart;

// Passes requests on to the gateway, and lets a test change what comes back.
class Proxy {
 public:
  using Change = std::function<Answer(const LoopbackServer::Request&, Answer)>;

  Proxy(std::string gateway, Change change)
      : gateway_(std::move(gateway)), change_(std::move(change)) {}

  const LoopbackServer& server() const { return server_; }

 private:
  Answer Pass(const LoopbackServer::Request& request) {
    net::Request passed{request.method, gateway_ + request.target, request.headers, {}};
    passed.headers.erase("content-length");
    passed.headers.erase("accept");
    if (!request.body.empty()) passed.body = {std::as_bytes(std::span(request.body))};
    const net::Response response = client_.Send(passed, {});
    Answer answer{.status = response.status, .headers = response.headers, .body = response.body};
    answer.headers.erase("content-length");
    answer.headers.erase("transfer-encoding");
    if (request.method == "HEAD")
      answer.headers["Content-Length"] = response.Header("content-length");
    return change_(request, answer);
  }

  const std::string gateway_;
  const Change change_;
  net::HttpClient client_{{.most_body_bytes = SIZE_MAX}};
  LoopbackServer server_{[this](const LoopbackServer::Request& request) { return Pass(request); }};
};

bool IsBegin(const LoopbackServer::Request& r) {
  return r.method == "POST" && r.target.ends_with("?uploads=");
}
bool IsPart(const LoopbackServer::Request& r) {
  return r.method == "PUT" && r.target.find("partNumber=") != std::string::npos;
}
bool IsComplete(const LoopbackServer::Request& r) {
  return r.method == "POST" && r.target.find("uploadId=") != std::string::npos;
}
bool IsWrite(const LoopbackServer::Request& r) { return r.method == "PUT" && !IsPart(r); }
bool IsRead(const LoopbackServer::Request& r) {
  return r.method == "GET" && r.target.find('?') == std::string::npos;
}

using Matches = bool (*)(const LoopbackServer::Request&);

// Does `harm` to the first `times` answers to requests that match.
Proxy::Change Harm(Matches matches, std::function<Answer(Answer)> harm, int times = 1) {
  return [=, left = std::make_shared<std::atomic<int>>(times)](
             const LoopbackServer::Request& request, Answer answer) {
    return matches(request) && (*left)-- > 0 ? harm(std::move(answer)) : answer;
  };
}

Answer Lose(Answer answer) {
  answer.close_before = true;
  return answer;
}

std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  for (size_t i = 0; i < count; ++i) bytes[i] = static_cast<char>((i * 2654435761u) >> 13);
  return bytes;
}

class S3StoreFaults : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (S3Gateway::IsInstalled()) gateway_ = new S3Gateway;
  }
  static void TearDownTestSuite() { delete std::exchange(gateway_, nullptr); }

  void SetUp() override {
    if (gateway_ == nullptr) GTEST_SKIP() << S3Gateway::kHowToInstall;
    static int number = 0;
    direct_ = gateway_->Options(fmt::format("faults/{}", ++number));
    direct_.first_part_bytes = kPart;
  }

  // A store that reaches the gateway through a proxy.
  S3Store& Through(Proxy::Change change) {
    proxy_ = std::make_unique<Proxy>(gateway_->endpoint(), std::move(change));
    S3Options options = direct_;
    options.endpoint = proxy_->server().Url();
    store_ = std::make_unique<S3Store>(options);
    return *store_;
  }

  static stream::PreparedObject Prepare(ObjectStore& store, const std::string& bytes,
                                        bool in_memory = false, const std::string& attempt = "a1") {
    CreateOptions options;
    options.attempt = attempt;
    options.metadata = {{"octo-delivery", "d1"}};
    options.may_hold_in_memory = in_memory;
    const auto sink = store.Create("a.bin", options, {});
    sink->Write(std::as_bytes(std::span(bytes)));
    return sink->Prepare();
  }

  std::string Fetch() {
    S3Store store(direct_);
    return stream::ReadAll(*store.Open("a.bin", {}, {}));
  }
  std::vector<std::string> OpenUploads() {
    S3Client client(direct_);
    return S3Uploads(client).IdsOf("a.bin", {});
  }
  size_t Count(Matches matches) {
    const auto requests = proxy_->server().Requests();
    return static_cast<size_t>(std::count_if(requests.begin(), requests.end(), matches));
  }

  static S3Gateway* gateway_;
  S3Options direct_;
  std::unique_ptr<Proxy> proxy_;
  std::unique_ptr<S3Store> store_;
};

S3Gateway* S3StoreFaults::gateway_ = nullptr;

TEST_F(S3StoreFaults, ALostAnswerToTheCompletionIsAPublication) {
  S3Store& store = Through(Harm(IsComplete, Lose));
  const std::string bytes = Bytes(kPart + 1);
  const auto object = Prepare(store, bytes);
  EXPECT_EQ(store.Publish(object, {}).outcome, Outcome::kPublished);
  EXPECT_EQ(store.Publish(object, {}).outcome, Outcome::kPublished);
  EXPECT_TRUE(Fetch() == bytes);
  EXPECT_THAT(OpenUploads(), IsEmpty());
}

TEST_F(S3StoreFaults, ACompletionThatSucceedsAndSaysOtherwiseIsAPublication) {
  S3Store& store = Through(Harm(IsComplete, [](Answer) {
    return Answer{.status = 500, .body = "<Error><Code>InternalError</Code></Error>"};
  }));
  EXPECT_EQ(store.Publish(Prepare(store, "hello"), {}).outcome, Outcome::kPublished);
  S3Store& other = Through(Harm(IsComplete, [](Answer) {
    return Answer{.body = "<Error><Code>InternalError</Code></Error>"};
  }));
  S3Store(direct_).Remove("a.bin", {Kind::kNone, {}}, {});
  EXPECT_EQ(other.Publish(Prepare(other, "hello"), {}).outcome, Outcome::kPublished);
  EXPECT_EQ(Fetch(), "hello");
}

TEST_F(S3StoreFaults, ALostAnswerToAWriteFromMemoryIsAPublication) {
  S3Store& store = Through(Harm(IsWrite, Lose));
  EXPECT_EQ(store.Publish(Prepare(store, "hello", true), {}).outcome, Outcome::kPublished);
  EXPECT_EQ(Fetch(), "hello");
  EXPECT_EQ(Count(IsWrite), 2u);
}

TEST_F(S3StoreFaults, AnotherAttemptsWriteOfTheSameBytesForTheSameDeliveryIsAPublication) {
  S3Store& store = Through(Harm(IsWrite, [](const Answer& answer) { return answer; }));
  ASSERT_EQ(store.Publish(Prepare(store, "hello", true, "a1"), {}).outcome, Outcome::kPublished);
  EXPECT_EQ(store.Publish(Prepare(store, "hello", true, "a2"), {}).outcome, Outcome::kPublished);
  EXPECT_EQ(store.Publish(Prepare(store, "other", true, "a3"), {}).outcome, Outcome::kConflict);
  EXPECT_EQ(Fetch(), "hello");
}

TEST_F(S3StoreFaults, WhatALostAnswerToTheBeginLeavesIsFoundAndDropped) {
  S3Store& store = Through(Harm(IsBegin, Lose));
  const auto object = Prepare(store, "hello");
  EXPECT_THAT(OpenUploads(), SizeIs(2));
  store.AbandonAttempts("a.bin", {object.handle}, {});
  EXPECT_THAT(OpenUploads(), testing::ElementsAre(object.handle));
  EXPECT_EQ(store.Publish(object, {}).outcome, Outcome::kPublished);
}

TEST_F(S3StoreFaults, PartsWhoseAnswersAreLostAreSentAgain) {
  S3Store& store = Through(Harm(IsPart, Lose, 3));
  const std::string bytes = Bytes(3 * kPart + 5);
  const auto object = Prepare(store, bytes);
  EXPECT_EQ(object.parts.size(), 4u);
  EXPECT_EQ(object.parts[3].bytes, 5u);
  EXPECT_EQ(Count(IsPart), 7u);
  EXPECT_EQ(store.Publish(object, {}).outcome, Outcome::kPublished);
  EXPECT_TRUE(Fetch() == bytes);
}

TEST_F(S3StoreFaults, ASinkThatFailsLeavesNothingAndKeepsFailing) {
  S3Store& store = Through(Harm(IsPart, [](Answer) {
    return Answer{.status = 403, .body = "<Error><Code>AccessDenied</Code></Error>"};
  }));
  const auto sink = store.Create("a.bin", {}, {});
  const std::string bytes = Bytes(20 * kPart);
  for (int i = 0; i < 2; ++i) {
    try {
      sink->Write(std::as_bytes(std::span(bytes)));
      sink->Prepare();
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kDenied) << Describe(error);
      EXPECT_EQ(error.scope, ErrorScope::kDestination);
    }
  }
  EXPECT_THAT(OpenUploads(), IsEmpty());
}

TEST_F(S3StoreFaults, TheFailureOfALaterPartIsToldNotThatItStoppedTheOthers) {
  const auto refused = std::make_shared<std::atomic<bool>>(false);
  S3Store& store = Through([refused](const auto& request, Answer answer) {
    if (!IsPart(request)) return answer;
    if (request.target.find("partNumber=1&") != std::string::npos) return Answer{.hold = true};
    *refused = true;
    return Answer{.status = 403, .body = "<Error><Code>AccessDenied</Code></Error>"};
  });
  try {
    Prepare(store, Bytes(3 * kPart));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kDenied) << Describe(error);
  }
  EXPECT_TRUE(*refused);
  EXPECT_THAT(OpenUploads(), IsEmpty());
}

TEST_F(S3StoreFaults, AStopEndsAnUploadWithinASecondThoughTheStoreIsSilent) {
  S3Store& store = Through([](const auto& request, Answer answer) {
    return IsBegin(request) ? answer : Answer{.hold = true};
  });
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  std::chrono::steady_clock::time_point asked;
  std::jthread stopper([&] {
    while (Count(IsPart) == 0) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  const std::string bytes = Bytes(10 * kPart);
  {
    const auto sink = store.Create("a.bin", {}, context);
    try {
      sink->Write(std::as_bytes(std::span(bytes)));
      FAIL();
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kCancelled) << Describe(error);
    }
  }
  const auto ended = std::chrono::steady_clock::now();
  stopper.join();
  EXPECT_LT(ended - asked, std::chrono::seconds(1));
}

TEST_F(S3StoreFaults, AnUploadThatWasDroppedMeanwhileIsNotTheDeliverysFault) {
  S3Store& store = Through([](const auto&, const Answer& answer) { return answer; });
  const auto sink = store.Create("a.bin", {}, {});
  const std::string bytes = Bytes(kPart);
  sink->Write(std::as_bytes(std::span(bytes)));
  S3Store(direct_).AbandonAttempts("a.bin", {}, {});
  try {
    sink->Write(std::as_bytes(std::span(bytes)));
    sink->Prepare();
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient) << Describe(error);
  }
  EXPECT_THAT(OpenUploads(), IsEmpty());
}

TEST_F(S3StoreFaults, APartThatArrivesChangedIsNotTaken) {
  S3Store& store = Through(Harm(IsPart, [](Answer answer) {
    answer.headers["x-amz-checksum-crc32c"] = "AAAAAA==";
    return answer;
  }));
  try {
    Prepare(store, "hello");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_THAT(error.message, HasSubstr("other bytes"));
  }
  EXPECT_THAT(OpenUploads(), IsEmpty());
}

TEST_F(S3StoreFaults, AReadThatIsCutGoesOnWhereItWas) {
  const std::string bytes = Bytes(3'000'000);
  S3Store(direct_).Publish(Prepare(*std::make_unique<S3Store>(direct_), bytes), {});
  int cuts = 0;
  S3Store& store = Through([&](const auto& request, Answer answer) {
    if (IsRead(request) && ++cuts <= 4) answer.cut_body_after = 500'000;
    return answer;
  });
  EXPECT_TRUE(stream::ReadAll(*store.Open("a.bin", {}, {})) == bytes);
  EXPECT_EQ(Count(IsRead), 5u);
  store.Stat("a.bin", {});
  const auto seen = proxy_->server().Requests();
  EXPECT_EQ(seen[seen.size() - 1].connection, seen[seen.size() - 2].connection)
      << "connections are kept";
  EXPECT_EQ(seen[seen.size() - 2].headers.at("range"), "bytes=2000000-2999999");
  cuts = 0;
  EXPECT_TRUE(stream::ReadAll(*store.Open("a.bin", {1'000'001, 1'234'567}, {})) ==
              bytes.substr(1'000'001, 1'234'567));
}

TEST_F(S3StoreFaults, AnObjectThatChangesWhileItIsReadIsAnErrorNotAMixture) {
  S3Store direct(direct_);
  direct.Publish(Prepare(direct, Bytes(3'000'000)), {});
  S3Store& store = Through(Harm(IsRead, [](Answer answer) {
    answer.cut_body_after = 500'000;
    return answer;
  }));
  const auto source = store.Open("a.bin", {}, {});
  std::vector<std::byte> buffer(1'000);
  ASSERT_GT(source->Read(buffer), 0u);
  direct.Remove("a.bin", {Kind::kNone, {}}, {});
  direct.Publish(Prepare(direct, std::string(3'000'000, 'x')), {});
  for (int i = 0; i < 2; ++i) {
    try {
      stream::ReadAll(*source);
      FAIL();
    } catch (const Error& error) {
      EXPECT_THAT(error.message, HasSubstr("replaced or removed"));
    }
  }
}

TEST_F(S3StoreFaults, AReadThatKeepsBeingCutIsATransientError) {
  S3Store(direct_).Publish(Prepare(*std::make_unique<S3Store>(direct_), Bytes(100'000)), {});
  S3Store& store = Through([](const auto& request, Answer answer) {
    if (IsRead(request)) answer.cut_body_after = 0;
    return answer;
  });
  const auto source = store.Open("a.bin", {}, {});
  try {
    stream::ReadAll(*source);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
  }
}

TEST_F(S3StoreFaults, ARefusalWhoseReasonIsGoneIsTriedAgain) {
  // The proxy answers in place of the gateway, as a store does while a rival's write is under way
  // and then fails.
  const auto refused = std::make_shared<std::atomic<int>>(0);
  LoopbackServer busy([&, refused](const LoopbackServer::Request& request) {
    if (IsComplete(request) && (*refused)++ < 2) {
      return Answer{.status = 409,
                    .body = "<Error><Code>ConditionalRequestConflict</Code></Error>"};
    }
    return request.method == "HEAD" && *refused < 3
               ? Answer{.status = 404}
               : Answer{.headers = {{"Content-Length", "5"},
                                    {"ETag", "\"e\""},
                                    {"x-amz-meta-octo-attempt", "a1"}},
                        .body = "<C/>\n"};
  });
  S3Options options = direct_;
  options.endpoint = busy.Url();
  S3Store store(options);
  stream::PreparedObject object{.key = "a.bin", .attempt = "a1", .handle = "u", .bytes = 5};
  EXPECT_EQ(store.Publish(object, {}).outcome, Outcome::kPublished);
  EXPECT_EQ(*refused, 3);
}

TEST_F(S3StoreFaults, SendsTheSettingsOfTheDestination) {
  direct_.sse = "aws:kms";
  direct_.kms_key_id = "key-1";
  direct_.storage_class = "STANDARD_IA";
  S3Store& store = Through([](const auto&, const Answer& answer) { return answer; });
  for (const bool in_memory : {true, false}) {
    CreateOptions options;
    options.attempt = "a1";
    options.content_type = "text/csv";
    options.may_hold_in_memory = in_memory;
    options.precondition = {in_memory ? Kind::kAbsent : Kind::kNone, {}};
    const auto sink = store.Create("a.bin", options, {});
    store.Publish(sink->Prepare(), {});
  }
  for (const auto& request : proxy_->server().Requests()) {
    if (!IsBegin(request) && !IsWrite(request)) continue;
    EXPECT_EQ(request.headers.at("x-amz-server-side-encryption"), "aws:kms");
    EXPECT_EQ(request.headers.at("x-amz-server-side-encryption-aws-kms-key-id"), "key-1");
    EXPECT_EQ(request.headers.at("x-amz-storage-class"), "STANDARD_IA");
    EXPECT_EQ(request.headers.at("content-type"), "text/csv");
    EXPECT_EQ(request.headers.at("x-amz-meta-octo-attempt"), "a1");
  }
  EXPECT_EQ(Count(IsBegin), 1u);
  EXPECT_EQ(Count(IsWrite), 1u);
}

}  // namespace
}  // namespace octo::storage
