#include "storage/s3_client.h"

#include <fmt/core.h>

#include <utility>

#include "base/log.h"
#include "crypto/digest.h"
#include "net/http_date.h"
#include "storage/backoff.h"
#include "storage/credential_sources.h"
#include "storage/s3_fault.h"

namespace octo::storage {
namespace {

// How often one call may be sent again at once, because we have learned something: region, address,
// clock, credentials.
constexpr int kMostLessons = 4;

std::string PayloadHash(const S3Call& call, bool is_tls) {
  if (call.body.empty()) return kEmptyPayload;
  if (is_tls) return kUnsignedPayload;
  if (!call.body_sha256.empty()) return call.body_sha256;
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  for (const auto& piece : call.body) digest.Update(piece);
  return digest.FinishHex();
}

std::string CaBundle(const S3Options& options, const AwsProfile& profile) {
  if (!options.ca_bundle.empty()) return options.ca_bundle;
  if (const auto bundle = options.environment("AWS_CA_BUNDLE")) return *bundle;
  return profile.Get("ca_bundle").value_or("");
}

std::string ReadBody(net::ResponseStream& stream) {
  std::string body;
  std::array<std::byte, 4096> buffer;
  while (const size_t count = stream.Read(buffer)) {
    body.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (body.size() > 1'000'000) break;  // no fault is that long
  }
  return body;
}

}  // namespace

S3Client::S3Client(const S3Options& options, WallClock clock)
    : options_(options), clock_(std::move(clock)) {
  const AwsProfile profile = AwsProfile::Load(options_.profile, options_.environment);
  address_ = S3Address::Resolve(options_, profile);
  const std::string ca_bundle = CaBundle(options_, profile);
  credentials_ = DefaultCredentials(options_.profile, profile, address_.region(), ca_bundle,
                                    options_.environment);
  http_ = std::make_unique<net::HttpClient>(
      net::HttpOptions{.ca_bundle = ca_bundle,
                       .most_idle_connections = options_.max_connections,
                       .stage = "storage"});
}

S3Address S3Client::Address() const {
  const std::lock_guard lock(mutex_);
  return address_;
}

S3Answer S3Client::SendOnce(const S3Call& call, const S3Address& address,
                            const Credentials& credentials, const stream::Context& context) {
  const WallTime now = clock_() + std::chrono::seconds(clock_offset_seconds_);
  SignedRequest to_sign{call.method, address.Path(call.key), call.query, call.headers,
                        PayloadHash(call, address.is_tls())};
  to_sign.headers["host"] = address.Authority();
  to_sign.headers["x-amz-date"] = AmzDate(now);
  to_sign.headers["x-amz-content-sha256"] = to_sign.payload_hash;
  if (!credentials.session_token.empty())
    to_sign.headers["x-amz-security-token"] = credentials.session_token.Reveal();

  net::Request request{call.method, address.Origin() + to_sign.path, to_sign.headers, call.body};
  if (!call.query.empty()) request.url += "?" + EncodedQuery(call.query);
  request.headers["authorization"] =
      Authorization(to_sign, credentials, address.region(), "s3", now);

  S3Answer answer;
  if (call.buffer_body) {
    answer.response = http_->Send(request, context);
  } else {
    answer.stream = http_->Open(request, context);
    answer.response = answer.stream->head();
    if (answer.response.status >= 300) {
      answer.response.body = ReadBody(*answer.stream);
      answer.stream.reset();
    }
  }
  const net::Response& response = answer.response;
  // A long call is answered with 200 before its outcome is known.
  const bool fault_in_200 =
      response.status == 200 && call.method == "POST" && IsFaultDocument(response.body);
  if (response.status >= 300 || fault_in_200) {
    answer.fault = ParseFault(fault_in_200 ? 500 : response.status, response.body);
    if (const auto& region = response.Header("x-amz-bucket-region"); !region.empty())
      answer.fault.region = region;
  }
  return answer;
}

// Learns from a fault what makes the next try succeed. False if it teaches nothing.
bool S3Client::Adapt(const S3Answer& answer, const S3Address& used, const Credentials& credentials,
                     const stream::Context& context) {
  const ServiceFault& fault = answer.fault;
  if (fault.code.starts_with("ExpiredToken")) {
    // Also those without an expiry of their own: another program may have written new ones to the
    // profile.
    credentials_->Refuse(credentials);
    return credentials_->Current(context).session_token.Reveal() !=
           credentials.session_token.Reveal();
  }
  if (fault.code == "RequestTimeTooSkewed") {
    const auto theirs = net::ParseHttpDate(answer.response.Header("date"));
    if (!theirs) return false;
    clock_offset_seconds_ =
        std::chrono::duration_cast<std::chrono::seconds>(*theirs - clock_()).count();
    log::Warning("this machine's clock is {} s behind the store's: signing with the store's time",
                 clock_offset_seconds_);
    return true;
  }
  const bool is_redirect = fault.status >= 300 && fault.status < 400;
  if (!is_redirect && fault.status != 400) return false;
  const auto location = net::ParseUrl(
      answer.response.Header("location").substr(0, answer.response.Header("location").find('?')));
  const std::lock_guard lock(mutex_);
  if (address_.region() != used.region() || address_.Authority() != used.Authority())
    return true;  // others have learned
  if (!fault.region.empty() && fault.region != used.region()) {
    address_.MoveToRegion(fault.region);
    return true;
  }
  if (is_redirect && location && location->authority != used.Authority()) {
    address_.MoveTo(*location);
    return true;
  }
  return false;
}

S3Answer S3Client::Send(const S3Call& call, const stream::Context& context) {
  Backoff backoff(call.tries > 0 ? call.tries : options_.tries);
  bool was_repeated = false;
  for (int lessons = 0;;) {
    std::optional<Error> failure;
    bool may_go_away = false;
    try {
      const S3Address address = Address();
      const Credentials credentials = credentials_->Current(context);
      S3Answer answer = SendOnce(call, address, credentials, context);
      answer.was_repeated = was_repeated || answer.response.new_connection;
      if (!answer.is_fault()) return answer;
      if (lessons++ < kMostLessons && Adapt(answer, address, credentials, context)) continue;
      const bool is_answer = call.is_answer && call.is_answer(answer.fault);
      if (is_answer && answer.fault.code != "NoSuchBucket") return answer;
      failure = ToError(answer.fault, call.stage, call.doing);
      may_go_away = MayGoAway(answer.fault);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::kCancelled) throw;
      failure = Error(error.kind, error.scope, call.stage,
                      fmt::format("cannot {}: {}", call.doing, error.message), error.hint);
      may_go_away = error.kind == ErrorKind::kTransient;
    }
    if (!may_go_away || !backoff.WaitForNext(context, call.stage.c_str())) throw *failure;
    was_repeated = true;
    log::Debug("trying again: {}", failure->message);
  }
}

}  // namespace octo::storage
