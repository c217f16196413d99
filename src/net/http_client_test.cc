#include "net/http_client.h"

#include <gmock/gmock.h>

#include <array>
#include <numeric>
#include <thread>

#include "net/loopback_server.h"

namespace octo::net {
namespace {

using testing::HasSubstr;
using testing::Not;
using Answer = LoopbackServer::Answer;

std::span<const std::byte> Span(const std::string& text) { return std::as_bytes(std::span(text)); }

Answer Echo(const LoopbackServer::Request& request) {
  return {.headers = {{"X-Method", request.method}}, .body = request.body};
}

Error FailureOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return {ErrorKind::kBug, ErrorScope::kProcess, "", ""};
}

std::string ReadAll(ResponseStream& stream) {
  std::string all;
  std::array<std::byte, 1000> buffer;
  while (const size_t count = stream.Read(buffer))
    all.append(reinterpret_cast<char*>(buffer.data()), count);
  return all;
}

TEST(HttpClient, SendsMethodHeadersAndPiecesOfABody) {
  LoopbackServer server(Echo);
  HttpClient client({});
  const std::string one(300'000, 'a');
  const std::string two(5, 'b');
  const std::string empty;
  for (const auto* method : {"PUT", "POST", "DELETE"}) {
    Request request{
        method, server.Url() + "/a%20b?x=1", {{"x-test", "value"}, {"x-empty", ""}}, {}};
    request.body = {Span(one), Span(empty), Span(two)};
    const Response response = client.Send(request, {});
    EXPECT_EQ(response.status, 200);
    EXPECT_TRUE(response.body == one + two);
    EXPECT_EQ(response.Header("x-method"), method);
    const auto seen = server.Requests().back();
    EXPECT_EQ(seen.method, method);
    EXPECT_EQ(seen.target, "/a%20b?x=1");
    EXPECT_EQ(seen.headers.at("x-test"), "value");
    EXPECT_EQ(seen.headers.at("x-empty"), "");
  }
}

TEST(HttpClient, SendsEmptyBodiesWithTheirLength) {
  LoopbackServer server(Echo);
  HttpClient client({});
  for (const auto* method : {"PUT", "POST"}) {
    EXPECT_EQ(client.Send({method, server.Url() + "/", {}, {}}, {}).status, 200);
    EXPECT_EQ(server.Requests().back().headers.at("content-length"), "0");
  }
  EXPECT_EQ(client.Send({"HEAD", server.Url() + "/", {}, {}}, {}).body, "");
  EXPECT_EQ(client.Send({"GET", server.Url() + "/", {}, {}}, {}).Header("x-method"), "GET");
}

TEST(HttpClient, AnyStatusIsAnAnswer) {
  LoopbackServer server([](const auto&) { return Answer{.status = 503, .body = "busy"}; });
  const Response response = HttpClient({}).Send({"GET", server.Url() + "/", {}, {}}, {});
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.body, "busy");
}

TEST(HttpClient, KeepsConnections) {
  LoopbackServer server(Echo);
  HttpClient client({});
  for (int i = 0; i < 5; ++i) client.Send({"GET", server.Url() + "/", {}, {}}, {});
  EXPECT_EQ(server.Requests().back().connection, 1);
}

TEST(HttpClient, ReadsLargeBodiesPieceByPiece) {
  std::string body(3'000'000, 'x');
  for (size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 31 >> 3);
  LoopbackServer server([&](const auto&) { return Answer{.body = body}; });
  HttpClient client({});
  const auto stream = client.Open({"GET", server.Url() + "/", {}, {}}, {});
  EXPECT_EQ(stream->head().status, 200);
  EXPECT_TRUE(ReadAll(*stream) == body);
  std::array<std::byte, 10> buffer;
  EXPECT_EQ(stream->Read(buffer), 0u);
}

TEST(HttpClient, AStreamMayBeDroppedAndOutliveItsClient) {
  LoopbackServer server([](const auto&) { return Answer{.body = std::string(3'000'000, 'x')}; });
  std::unique_ptr<ResponseStream> stream;
  {
    HttpClient client({});
    client.Open({"GET", server.Url() + "/", {}, {}}, {});
    stream = client.Open({"GET", server.Url() + "/", {}, {}}, {});
  }
  std::array<std::byte, 10> buffer;
  EXPECT_GT(stream->Read(buffer), 0u);
}

TEST(HttpClient, ACutBodyIsATransientErrorAfterWhatCame) {
  LoopbackServer server(
      [](const auto&) { return Answer{.body = std::string(1'000, 'x'), .cut_body_after = 600}; });
  HttpClient client({});
  const auto stream = client.Open({"GET", server.Url() + "/file", {}, {}}, {});
  std::string got;
  std::array<std::byte, 100> buffer;
  const Error error = FailureOf([&] {
    while (const size_t count = stream->Read(buffer)) got.append(count, 'x');
  });
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_THAT(error.message, HasSubstr("/file"));
  EXPECT_EQ(got.size(), 600u);
  EXPECT_EQ(FailureOf([&] { stream->Read(buffer); }).message, error.message)
      << "the error is sticky";
}

TEST(HttpClient, TheHeadIsGivenThoughTheBodyIsCutAtOnce) {
  LoopbackServer server(
      [](const auto&) { return Answer{.body = std::string(1'000, 'x'), .cut_body_after = 0}; });
  HttpClient client({});
  for (int i = 0; i < 20; ++i) {
    const auto stream = client.Open({"GET", server.Url() + "/", {}, {}}, {});
    EXPECT_EQ(stream->head().status, 200);
    EXPECT_EQ(FailureOf([&] { ReadAll(*stream); }).kind, ErrorKind::kTransient);
  }
}

TEST(HttpClient, ConnectionsThatBreakAreTransientErrors) {
  for (const Answer& answer : {Answer{.close_before = true}, Answer{.reset_before = true}}) {
    LoopbackServer server([&](const auto&) { return answer; });
    EXPECT_EQ(FailureOf([&] {
                HttpClient({}).Send({"GET", server.Url() + "/", {}, {}}, {});
              }).kind,
              ErrorKind::kTransient);
  }
  std::string dead;
  {
    LoopbackServer server(Echo);
    dead = server.Url();
  }
  const Error error = FailureOf([&] {
    HttpClient({}).Send({"GET", dead + "/?secret=1", {}, {}}, {});
  });
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_EQ(error.scope, ErrorScope::kDestination);
  EXPECT_THAT(error.message, Not(HasSubstr("secret")));
}

TEST(HttpClient, AServerThatClosedAKeptConnectionIsAskedAnew) {
  std::atomic<int> count = 0;
  LoopbackServer server([&](const auto& request) {
    Answer answer = Echo(request);
    if (++count == 1) answer.headers["Connection"] = "close";
    return answer;
  });
  HttpClient client({});
  const std::string body(100'000, 'x');
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(client.Send({"PUT", server.Url() + "/", {}, {Span(body)}}, {}).body == body);
  }
}

TEST(HttpClient, SilenceIsNoticed) {
  LoopbackServer server([](const auto& request) {
    return request.target == "/body" ? Answer{.body = "0123456789", .hold_body_after = 5}
                                     : Answer{.hold = true};
  });
  HttpClient client({});
  stream::Context context;
  context.silence = std::chrono::milliseconds(50);
  for (const auto* path : {"/head", "/body"}) {
    const Error error = FailureOf([&] {
      client.Send({"GET", server.Url() + path, {}, {}}, context);
    });
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_THAT(error.message, HasSubstr("no sign of life"));
  }
}

TEST(HttpClient, AStopEndsABlockedCallWithinASecond) {
  LoopbackServer server([](const auto& request) {
    return request.target == "/body" ? Answer{.body = "0123456789", .hold_body_after = 5}
                                     : Answer{.hold = true};
  });
  HttpClient client({});
  for (const auto* path : {"/head", "/body"}) {
    std::stop_source stop;
    stream::Context context;
    context.stop = stop.get_token();
    std::chrono::steady_clock::time_point asked;
    std::jthread stopper([&, seen = server.Requests().size()] {
      while (server.Requests().size() == seen) std::this_thread::yield();
      asked = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    EXPECT_EQ(FailureOf([&] {
                client.Send({"GET", server.Url() + path, {}, {}}, context);
              }).kind,
              ErrorKind::kCancelled);
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    EXPECT_LT(ended - asked, std::chrono::seconds(1));
  }
}

TEST(HttpClient, AnEarlyRefusalOfALargeBodyIsAnAnswer) {
  LoopbackServer server([](const auto&) {
    return Answer{.status = 403, .headers = {{"Connection", "close"}}, .body = "no"};
  });
  const std::string body(1'000'000, 'x');
  EXPECT_EQ(HttpClient({}).Send({"PUT", server.Url() + "/", {}, {Span(body)}}, {}).status, 403);
}

TEST(HttpClient, AnAnswerTooLargeForMemoryIsRefused) {
  LoopbackServer server([](const auto&) { return Answer{.body = std::string(100'000, 'x')}; });
  HttpClient client({.most_body_bytes = 50'000});
  EXPECT_EQ(FailureOf([&] {
              client.Send({"GET", server.Url() + "/", {}, {}}, {});
            }).kind,
            ErrorKind::kPermanent);
}

TEST(HttpClient, UnusableSettingsAreUsageErrors) {
  EXPECT_EQ(FailureOf([] {
              HttpClient({}).Send({"GET", "ftp://127.0.0.1/", {}, {}}, {});
            }).kind,
            ErrorKind::kUsage);
  EXPECT_EQ(FailureOf([] {
              HttpClient({.ca_bundle = "/nowhere/ca.pem"})
                  .Send({"GET", "https://127.0.0.1:1/", {}, {}}, {});
            }).kind,
            ErrorKind::kTransient)
      << "the connection is refused before certificates matter";
}

TEST(HttpClient, ManyThreadsShareOneClient) {
  LoopbackServer server(Echo);
  HttpClient client({});
  std::vector<std::jthread> threads;
  threads.reserve(8);
  std::atomic<int> right = 0;
  for (int thread = 0; thread < 8; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 20; ++i) {
        const std::string body = fmt::format("{} {}", thread, i);
        right += client.Send({"PUT", server.Url() + "/", {}, {Span(body)}}, {}).body == body;
      }
    });
  }
  threads.clear();
  EXPECT_EQ(right, 160);
}

}  // namespace
}  // namespace octo::net
