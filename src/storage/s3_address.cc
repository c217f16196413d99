#include "storage/s3_address.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.h"

namespace octo::storage {
namespace {

[[noreturn]] void Unusable(std::string message, std::string hint) {
  throw Error(ErrorKind::kUsage, ErrorScope::kDestination, "storage", std::move(message),
              std::move(hint));
}

std::string FirstOf(std::initializer_list<std::optional<std::string>> candidates) {
  for (const auto& candidate : candidates) {
    if (candidate && !candidate->empty()) return *candidate;
  }
  return {};
}

// Lenient, as other stores allow more than AWS does; it only must not change the meaning of a url.
bool IsBucketName(const std::string& name) {
  return !name.empty() && name.size() <= 255 && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '-' || c == '.' || c == '_';
         });
}

}  // namespace

S3Address S3Address::Resolve(const S3Options& options, const AwsProfile& profile) {
  if (!IsBucketName(options.bucket)) {
    Unusable(fmt::format("\"{}\" is not the name of a bucket", options.bucket),
             "write the destination as s3://bucket/prefix");
  }
  const Environment& environment = options.environment;
  S3Address address;
  address.bucket_ = options.bucket;
  address.region_ =
      FirstOf({options.region, environment("AWS_REGION"), environment("AWS_DEFAULT_REGION"),
               profile.Get("region"), "us-east-1"});
  const std::string endpoint =
      FirstOf({options.endpoint, environment("AWS_ENDPOINT_URL_S3"),
               environment("AWS_ENDPOINT_URL"), profile.Get("endpoint_url")});
  address.is_aws_ = endpoint.empty();
  address.path_style_ = options.path_style.value_or(!address.is_aws_ ||
                                                    options.bucket.find('.') != std::string::npos);
  if (address.is_aws_) {
    address.UseRegionalEndpoint();
    return address;
  }
  const auto url = net::ParseUrl(endpoint);
  if (!url)
    Unusable(fmt::format("the S3 endpoint \"{}\" is not a url", endpoint),
             "write it as https://host or http://host:port");
  address.endpoint_ = *url;
  while (address.endpoint_.path.ends_with('/')) address.endpoint_.path.pop_back();
  return address;
}

void S3Address::UseRegionalEndpoint() {
  endpoint_ = {
      "https",
      fmt::format("s3.{}.amazonaws.com{}", region_, region_.starts_with("cn-") ? ".cn" : ""), ""};
  is_moved_ = false;
}

std::string S3Address::Authority() const {
  return path_style_ || is_moved_ ? endpoint_.authority : bucket_ + "." + endpoint_.authority;
}

std::string S3Address::Path(const std::string& key) const {
  std::string path = endpoint_.path;
  if (path_style_) path += "/" + net::PercentEncode(bucket_);
  if (!key.empty() || path.empty()) path += "/" + net::PercentEncode(key, true);
  return path;
}

void S3Address::MoveToRegion(const std::string& region) {
  region_ = region;
  if (is_aws_) UseRegionalEndpoint();
}

void S3Address::MoveTo(const net::Url& location) {
  endpoint_.scheme = location.scheme;
  endpoint_.authority = location.authority;
  is_moved_ = true;
}

}  // namespace octo::storage
