#pragma once

#include <string>

#include "net/url.h"
#include "storage/aws_profile.h"
#include "storage/s3_options.h"

namespace octo::storage {

// Where a bucket is: how a url for it is built, and for which region calls are signed. A value.
class S3Address {
 public:
  // Throws kUsage of destination scope for an endpoint that is no url or a bucket name that can't
  // be one.
  static S3Address Resolve(const S3Options& options, const AwsProfile& profile);

  const std::string& region() const { return region_; }
  bool is_tls() const { return endpoint_.scheme == "https"; }
  // The Host header.
  std::string Authority() const;
  // The percent-encoded path of a key; of the bucket itself when it is empty.
  std::string Path(const std::string& key) const;
  std::string Origin() const { return endpoint_.scheme + "://" + Authority(); }

  // The bucket turned out to be in another region.
  void MoveToRegion(const std::string& region);
  // The service sends us to another address, which stands for the bucket already if it is one of
  // virtual hosts.
  void MoveTo(const net::Url& location);

 private:
  void UseRegionalEndpoint();

  std::string bucket_;
  std::string region_;
  net::Url endpoint_;
  bool is_aws_ = false;  // AWS's own endpoint, which follows from the region
  bool path_style_ = false;
  bool is_moved_ = false;  // the endpoint's authority is complete as it stands
};

}  // namespace octo::storage
