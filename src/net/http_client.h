#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/error.h"
#include "stream/context.h"

namespace octo::net {

using Headers = std::map<std::string, std::string>;  // names in lower case

struct Request {
  std::string method = "GET";
  std::string url = {};  // http or https, already percent-encoded
  Headers headers = {};
  // The pieces of the body, one behind the other. Not copied, not owned: they must stay until the
  // call has returned. May be sent more than once.
  std::vector<std::span<const std::byte>> body = {};
};

struct Response {
  int status = 0;
  Headers headers;   // of several with one name the last
  std::string body;  // empty when it is read through a ResponseStream
  // A connection was made for it. Where a kept one turned out to be dead curl sends the request
  // again by itself on a new one: so it may have reached the server twice.
  bool new_connection = false;

  // The header's value, or empty. `name` in lower case.
  const std::string& Header(const std::string& name) const;
};

struct HttpOptions {
  std::string ca_bundle = {};  // a PEM file that replaces the system's certificate authorities;
                               // empty: the system's
  bool use_proxy = true;       // as the environment says (https_proxy, no_proxy, ...)
  std::chrono::milliseconds connect =
      std::chrono::seconds(10);                 // the longest wait for connection and TLS handshake
  size_t most_idle_connections = 16;            // kept for reuse
  size_t most_body_bytes = size_t{16} << 20;    // of a response that is held in memory
  ErrorScope scope = ErrorScope::kDestination;  // of the errors thrown
  std::string stage = "http";
};

// The body of a response, read piece by piece. Uses its Context as long as it lives. One thread at
// a time.
class ResponseStream {
 public:
  ResponseStream() = default;
  ResponseStream(const ResponseStream&) = delete;
  ResponseStream& operator=(const ResponseStream&) = delete;
  virtual ~ResponseStream() = default;

  // Status and headers; the body is empty.
  virtual const Response& head() const = 0;
  // As stream::Source: 0 at the end, which is as verified as HTTP can make it (the declared length,
  // the last chunk).
  virtual size_t Read(std::span<std::byte> buffer) = 0;
};

class SessionPool;

// HTTP/1.1 over libcurl. Thread-safe: each call runs on the caller's thread with a connection of
// its own, which is kept for the next call to the same host. Certificates are always verified.
// Redirects are not followed.
//
// A response of any status is an answer, not an error. Errors are thrown when there is none:
// kTransient for what may go away (not reachable, reset, cut off, silent for longer than
// Context::silence), kDenied for a certificate that can't be verified, kUsage for an unusable url
// or CA bundle, kCancelled within a second of a stop.
class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient();

  Response Send(const Request& request, const stream::Context& context);
  // Returns when status and headers are there. The stream may outlive the client.
  std::unique_ptr<ResponseStream> Open(const Request& request, const stream::Context& context);

 private:
  std::shared_ptr<SessionPool> pool_;
};

}  // namespace octo::net
