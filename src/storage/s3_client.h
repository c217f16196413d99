#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "net/http_client.h"
#include "storage/aws_signature.h"
#include "storage/aws_xml.h"
#include "storage/credentials.h"
#include "storage/s3_address.h"
#include "storage/s3_options.h"

namespace octo::storage {

// One call of the S3 API.
struct S3Call {
  std::string stage = "storage";
  std::string doing;  // for messages, after "cannot": "upload part 3 of s3://bucket/key"
  std::string method = "GET";
  std::string key = {};  // with the store's prefix; empty for the bucket itself
  Query query = {};
  net::Headers headers = {};
  std::vector<std::span<const std::byte>> body = {};  // not owned
  std::string body_sha256 = {};                       // in hexadecimal, if it is known
  // Which faults are answers to the caller; others are thrown. None by default.
  std::function<bool(const ServiceFault&)> is_answer = {};
  bool buffer_body = true;  // else the answer's body is read through `stream`
  int tries = 0;            // 0: those of the options
};

struct S3Answer {
  net::Response response;
  ServiceFault fault;  // status 0 if there is none
  std::unique_ptr<net::ResponseStream> stream;
  bool was_repeated = false;  // the call may have been sent, and done, more than once

  bool is_fault() const { return fault.status != 0; }
};

// Signed calls to one bucket. Thread-safe. Takes care of all that is not the caller's business:
// retries with back-off and jitter, wrong clocks, redirects to the bucket's region, credentials
// that expire, faults inside an answer of status 200. Payloads are signed over plain http; over TLS
// they are not (the checksums that callers send cover them).
//
// Throws, all of destination scope: kDenied (credentials, permissions), kPermanent (no such bucket,
// ...), kTransient (not reachable, busy; after `tries`). Of delivery scope only what concerns one
// key (too long, too large, clashing).
class S3Client {
 public:
  S3Client(const S3Options& options, WallClock clock = SystemNow);

  S3Answer Send(const S3Call& call, const stream::Context& context);

  const S3Options& options() const { return options_; }

 private:
  S3Answer SendOnce(const S3Call& call, const S3Address& address, const Credentials& credentials,
                    const stream::Context& context);
  bool Adapt(const S3Answer& answer, const S3Address& used, const Credentials& credentials,
             const stream::Context& context);
  S3Address Address() const;

  const S3Options options_;
  const WallClock clock_;
  mutable std::mutex mutex_;  // of address_
  S3Address address_;
  std::atomic<int64_t> clock_offset_seconds_ = 0;  // the service's clock minus ours
  std::unique_ptr<CredentialChain> credentials_;
  std::unique_ptr<net::HttpClient> http_;
};

}  // namespace octo::storage
