#include "storage/aws_signature.h"

#include <fmt/core.h>

#include <algorithm>

#include "crypto/digest.h"
#include "net/url.h"

namespace octo::storage {
namespace {

std::string SignedHeaderNames(const net::Headers& headers) {
  std::string names;
  for (const auto& [name, value] : headers) names += (names.empty() ? "" : ";") + name;
  return names;
}

// White space in a row counts as one blank.
std::string Folded(const std::string& value) {
  std::string folded;
  for (const char c : value) {
    if (c != ' ' || (!folded.empty() && folded.back() != ' ')) folded += c;
  }
  if (folded.ends_with(' ')) folded.pop_back();
  return folded;
}

}  // namespace

std::string EncodedQuery(const Query& query) {
  std::vector<std::pair<std::string, std::string>> encoded;
  for (const auto& [name, value] : query)
    encoded.emplace_back(net::PercentEncode(name), net::PercentEncode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& [name, value] : encoded)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", name, value);
  return text;
}

std::string AmzDate(WallTime time) {
  // "2015-08-30T12:36:00Z" without punctuation
  std::string text = FormatTime(std::chrono::floor<std::chrono::seconds>(time));
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text;
}

std::string CanonicalRequest(const SignedRequest& request) {
  std::string headers;
  for (const auto& [name, value] : request.headers)
    headers += fmt::format("{}:{}\n", name, Folded(value));
  return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, request.path,
                     EncodedQuery(request.query), headers, SignedHeaderNames(request.headers),
                     request.payload_hash);
}

std::string Authorization(const SignedRequest& request, const Credentials& credentials,
                          const std::string& region, const std::string& service, WallTime time) {
  const std::string date = AmzDate(time);
  const std::string day = date.substr(0, 8);
  const std::string scope = fmt::format("{}/{}/{}/aws4_request", day, region, service);
  const std::string to_sign = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, scope,
                                          crypto::Sha256Hex(CanonicalRequest(request)));
  const Secret first("AWS4" + credentials.secret_key.Reveal());
  crypto::Bytes key = crypto::HmacSha256(std::as_bytes(std::span(first.Reveal())), day);
  for (const std::string& part : {region, service, std::string("aws4_request")})
    key = crypto::HmacSha256(key, part);
  return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                     credentials.access_key, scope, SignedHeaderNames(request.headers),
                     crypto::Hex(crypto::HmacSha256(key, to_sign)));
}

}  // namespace octo::storage
