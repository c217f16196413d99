#include "storage/s3_client.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <thread>

#include "base/error.h"
#include "net/loopback_server.h"
#include "storage/test_environment.h"

namespace octo::storage {
namespace {

using net::LoopbackServer;
using testing::HasSubstr;
using testing::Not;
using Answer = LoopbackServer::Answer;

std::string Fault(const std::string& code, const std::string& more = {}) {
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>" + code +
         "</Code><Message>because</Message>" + more + "</Error>";
}

S3Options Options(const LoopbackServer& server, std::map<std::string, std::string> variables = {}) {
  variables.insert({{"AWS_ACCESS_KEY_ID", "AKID"},
                    {"AWS_SECRET_ACCESS_KEY", "topsecretkey"},
                    {"AWS_SESSION_TOKEN", "topsecrettoken"},
                    {"AWS_EC2_METADATA_DISABLED", "true"}});
  return {.bucket = "fund", .endpoint = server.Url(), .environment = EnvironmentOf(variables)};
}

// `body` must outlive the call.
S3Call Put(std::string_view body) {
  S3Call call{.doing = "write it", .method = "PUT", .key = "key"};
  call.body = {std::as_bytes(std::span(body))};
  return call;
}

Error FailureOf(S3Client& client, const S3Call& call, const stream::Context& context = {}) {
  try {
    client.Send(call, context);
  } catch (const Error& error) {
    EXPECT_THAT(Describe(error), Not(HasSubstr("topsecret")));
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return {ErrorKind::kBug, ErrorScope::kProcess, "", ""};
}

// Answers one after the other; the last one again and again.
LoopbackServer::Handler InTurn(const std::vector<Answer>& answers) {
  return [answers, next = std::make_shared<std::atomic<size_t>>(0)](const auto&) {
    return answers[std::min((*next)++, answers.size() - 1)];
  };
}

std::string RegionOf(const LoopbackServer::Request& request) {
  const std::string& authorization = request.headers.at("authorization");
  const size_t begin = authorization.find("/s3/aws4_request");
  const size_t slash = authorization.rfind('/', begin - 1);
  return authorization.substr(slash + 1, begin - slash - 1);
}

TEST(S3Client, FaultsThatMayGoAwayAreTriedAgain) {
  const std::string body = "hello";
  const std::vector<Answer> faults = {{.status = 503, .body = Fault("SlowDown")},
                                      {.status = 500, .body = Fault("InternalError")},
                                      {.status = 502, .body = "<html>bad gateway</html>"},
                                      {.reset_before = true},
                                      {.close_before = true},
                                      {.status = 400, .body = Fault("RequestTimeout")},
                                      {.status = 429},
                                      {.status = 409, .body = Fault("OperationAborted")}};
  for (const auto& fault : faults) {
    LoopbackServer server(InTurn({fault, {.body = "fine"}}));
    S3Client client(Options(server));
    EXPECT_EQ(client.Send(Put(body), {}).response.body, "fine") << fault.status << fault.body;
    EXPECT_EQ(server.Requests().back().body, "hello");
    EXPECT_EQ(server.Requests().size(), 2u);
  }
}

TEST(S3Client, ABusyOrDeadStoreIsATransientErrorOfTheDestination) {
  for (const auto& fault :
       {Answer{.status = 503, .body = Fault("SlowDown")}, Answer{.close_before = true}}) {
    LoopbackServer server(InTurn({fault}));
    S3Options options = Options(server);
    options.tries = 3;
    S3Client client(options);
    const Error error = FailureOf(client, Put("x"));
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.scope, ErrorScope::kDestination);
    EXPECT_THAT(error.message, HasSubstr("cannot write it"));
    EXPECT_EQ(server.Requests().size(), 3u);
  }
}

TEST(S3Client, AStopEndsTheWaitBetweenTries) {
  LoopbackServer server(InTurn({{.status = 503}}));
  S3Options options = Options(server);
  options.tries = 1'000;
  S3Client client(options);
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  std::chrono::steady_clock::time_point asked;
  std::jthread stopper([&] {
    while (server.Requests().size() < 5) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    asked = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  EXPECT_EQ(FailureOf(client, Put("x"), context).kind, ErrorKind::kCancelled);
  const auto ended = std::chrono::steady_clock::now();
  stopper.join();
  EXPECT_LT(ended - asked, std::chrono::seconds(1));
}

TEST(S3Client, RefusalsAreTheDestinationsAndNotTriedAgain) {
  struct Case {
    int status;
    std::string code;
    ErrorKind kind;
  };
  const std::vector<Case> cases = {{403, "AccessDenied", ErrorKind::kDenied},
                                   {403, "InvalidAccessKeyId", ErrorKind::kDenied},
                                   {403, "SignatureDoesNotMatch", ErrorKind::kDenied},
                                   {400, "ExpiredToken", ErrorKind::kDenied},
                                   {400, "InvalidToken", ErrorKind::kDenied},
                                   {400, "KMS.DisabledException", ErrorKind::kDenied},
                                   {404, "NoSuchBucket", ErrorKind::kPermanent},
                                   {400, "InvalidStorageClass", ErrorKind::kPermanent},
                                   {501, "NotImplemented", ErrorKind::kPermanent}};
  for (const auto& one : cases) {
    LoopbackServer server(InTurn({{.status = one.status, .body = Fault(one.code)}}));
    S3Client client(Options(server));
    S3Call call = Put("x");
    call.is_answer = [](const ServiceFault& fault) { return fault.status == 404; };
    const Error error = FailureOf(client, call);
    EXPECT_EQ(error.kind, one.kind) << one.code;
    EXPECT_EQ(error.scope, ErrorScope::kDestination) << one.code;
    EXPECT_THAT(error.message, HasSubstr(one.code));
    EXPECT_FALSE(error.hint.empty());
    EXPECT_EQ(server.Requests().size(), 1u) << one.code;
  }
}

TEST(S3Client, WhatConcernsOneKeyIsTheDeliverys) {
  LoopbackServer server(InTurn({{.status = 400, .body = Fault("KeyTooLongError")}}));
  S3Client client(Options(server));
  const Error error = FailureOf(client, Put("x"));
  EXPECT_EQ(error.kind, ErrorKind::kPermanent);
  EXPECT_EQ(error.scope, ErrorScope::kDelivery);
}

TEST(S3Client, AFaultInsideAnAnswerOf200IsAFault) {
  LoopbackServer server(InTurn(
      {{.body = "  \n" + Fault("InternalError")}, {.body = "<CompleteMultipartUploadResult/>"}}));
  S3Client client(Options(server));
  const S3Call call{.doing = "complete it", .method = "POST", .key = "key"};
  EXPECT_FALSE(client.Send(call, {}).is_fault());
  EXPECT_EQ(server.Requests().size(), 2u);
}

TEST(S3Client, SignsWithTheStoresTimeWhenOurClockIsWrong) {
  const WallTime theirs = *ParseTime("2031-05-06T07:08:09Z");
  LoopbackServer server([&](const auto& request) {
    if (request.headers.at("x-amz-date").starts_with("20310506T0708"))
      return Answer{.body = "fine"};
    return Answer{.status = 403,
                  .headers = {{"Date", "Tue, 06 May 2031 07:08:09 GMT"}},
                  .body = Fault("RequestTimeTooSkewed")};
  });
  S3Client client(Options(server), [&] { return theirs - std::chrono::hours(50'000); });
  EXPECT_EQ(client.Send(Put("x"), {}).response.body, "fine");
  EXPECT_EQ(client.Send(Put("x"), {}).response.body, "fine");
  EXPECT_EQ(server.Requests().size(), 3u) << "the difference is remembered";
}

TEST(S3Client, AClockThatCanNotBeCorrectedIsDenied) {
  LoopbackServer server(InTurn({{.status = 403, .body = Fault("RequestTimeTooSkewed")}}));
  S3Client client(Options(server));
  EXPECT_EQ(FailureOf(client, Put("x")).kind, ErrorKind::kDenied);
}

TEST(S3Client, GoesToTheRegionOfTheBucket) {
  const std::vector<Answer> ways = {
      {.status = 301,
       .headers = {{"x-amz-bucket-region", "eu-central-1"}},
       .body = Fault("PermanentRedirect")},
      {.status = 307,
       .headers = {{"x-amz-bucket-region", "eu-central-1"}},
       .body = Fault("TemporaryRedirect")},
      {.status = 400,
       .body = Fault("AuthorizationHeaderMalformed", "<Region>eu-central-1</Region>")},
      {.status = 400, .headers = {{"x-amz-bucket-region", "eu-central-1"}}},
  };
  for (const auto& way : ways) {
    LoopbackServer server([&](const auto& request) {
      return RegionOf(request) == "eu-central-1" ? Answer{.body = "fine"} : way;
    });
    S3Client client(Options(server));
    for (int i = 0; i < 2; ++i)
      EXPECT_EQ(client.Send(Put("x"), {}).response.body, "fine") << way.status;
    EXPECT_EQ(server.Requests().size(), 3u) << "the region is remembered";
  }
}

TEST(S3Client, FollowsARedirectToAnotherAddress) {
  LoopbackServer right([](const auto& request) {
    return Answer{.body = request.headers.at("host") + request.target};
  });
  LoopbackServer wrong([&](const auto& request) {
    return Answer{.status = 307,
                  .headers = {{"Location", right.Url() + request.target}},
                  .body = Fault("TemporaryRedirect")};
  });
  S3Client client(Options(wrong));
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(client.Send(Put("x"), {}).response.body, right.Authority() + "/fund/key");
  EXPECT_EQ(wrong.Requests().size(), 1u);
}

TEST(S3Client, ARedirectThatLeadsNowhereIsAnError) {
  LoopbackServer server(InTurn({{.status = 301,
                                 .headers = {{"x-amz-bucket-region", "us-east-1"}},
                                 .body = Fault("PermanentRedirect")}}));
  S3Client client(Options(server));
  const Error error = FailureOf(client, Put("x"));
  EXPECT_EQ(error.kind, ErrorKind::kPermanent);
  EXPECT_EQ(error.scope, ErrorScope::kDestination);
  LoopbackServer flipping([](const auto& request) {
    return Answer{.status = 301,
                  .headers = {{"x-amz-bucket-region", RegionOf(request) == "a" ? "b" : "a"}}};
  });
  S3Client turning(Options(flipping));
  EXPECT_EQ(FailureOf(turning, Put("x")).kind, ErrorKind::kPermanent);
  EXPECT_LT(flipping.Requests().size(), 10u);
}

TEST(S3Client, ExpiredCredentialsAreRenewedOnce) {
  std::atomic<int> issued = 0;
  LoopbackServer agent([&](const auto&) {
    return Answer{
        .body = fmt::format(R"({{"AccessKeyId": "KEY{0}", "SecretAccessKey": "s", "Token": "t{0}",)"
                            R"( "Expiration": "2099-01-01T00:00:00Z"}})",
                            ++issued)};
  });
  LoopbackServer server([](const auto& request) {
    if (request.headers.at("authorization").find("KEY1") == std::string::npos)
      return Answer{.body = "fine"};
    return Answer{.status = 400, .body = Fault("ExpiredToken")};
  });
  S3Options options = Options(server);
  options.environment = EnvironmentOf({{"AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.Url()}});
  S3Client client(options);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(client.Send(Put("x"), {}).response.body, "fine");
  EXPECT_EQ(issued, 2);
}

TEST(S3Client, NewTokensInTheProfileAreNoticed) {
  std::string path = (std::filesystem::temp_directory_path() / "octo-profile-XXXXXX").string();
  close(mkstemp(path.data()));
  const auto write = [&](const char* token) {
    std::ofstream(path)
        << "[default]\naws_access_key_id=A\naws_secret_access_key=s\naws_session_token=" << token
        << "\n";
  };
  write("old");
  LoopbackServer server([&](const auto& request) {
    if (request.headers.at("x-amz-security-token") == "new") return Answer{.body = "fine"};
    return Answer{.status = 400, .body = Fault("ExpiredToken")};
  });
  S3Options options = Options(server);
  options.environment =
      EnvironmentOf({{"AWS_SHARED_CREDENTIALS_FILE", path}, {"AWS_EC2_METADATA_DISABLED", "true"}});
  S3Client client(options);
  EXPECT_EQ(FailureOf(client, Put("x")).kind, ErrorKind::kDenied);
  write("new");
  EXPECT_EQ(client.Send(Put("x"), {}).response.body, "fine");
  std::filesystem::remove(path);
}

TEST(S3Client, SignsPayloadsOverPlainHttp) {
  LoopbackServer server(InTurn({{.body = "fine"}}));
  S3Client client(Options(server));
  client.Send(Put("hello"), {});
  EXPECT_EQ(server.Requests().back().headers.at("x-amz-content-sha256"),
            "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
  EXPECT_EQ(server.Requests().back().headers.at("x-amz-security-token"), "topsecrettoken");
  client.Send({.doing = "read it", .key = "key"}, {});
  EXPECT_EQ(server.Requests().back().headers.at("x-amz-content-sha256"), kEmptyPayload);
}

}  // namespace
}  // namespace octo::storage
