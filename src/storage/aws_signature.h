#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/time.h"
#include "net/http_client.h"
#include "storage/credentials.h"

namespace octo::storage {

using Query = std::vector<std::pair<std::string, std::string>>;  // names and values, not encoded

// What AWS Signature Version 4 signs.
struct SignedRequest {
  std::string method;
  std::string path = "/";  // percent-encoded
  Query query = {};
  net::Headers headers = {};  // all of them are signed; "host" among them
  std::string payload_hash;   // SHA-256 of the body in hexadecimal, or kUnsignedPayload
};

inline constexpr const char* kUnsignedPayload = "UNSIGNED-PAYLOAD";
// SHA-256 of nothing.
inline constexpr const char* kEmptyPayload =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// "a=1&b=%20", in the order that signatures need.
std::string EncodedQuery(const Query& query);
// "20150830T123600Z"
std::string AmzDate(WallTime time);
std::string CanonicalRequest(const SignedRequest& request);
// The value of the Authorization header. `time` must be that of the header x-amz-date.
std::string Authorization(const SignedRequest& request, const Credentials& credentials,
                          const std::string& region, const std::string& service, WallTime time);

}  // namespace octo::storage
