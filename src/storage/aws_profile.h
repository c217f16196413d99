#pragma once

#include <map>
#include <optional>
#include <string>

#include "storage/environment.h"

namespace octo::storage {

// A profile of the AWS shared files: ~/.aws/config and ~/.aws/credentials, or where AWS_CONFIG_FILE
// and AWS_SHARED_CREDENTIALS_FILE point. What stands in the credentials file wins.
class AwsProfile {
 public:
  // The profile called `name`, else the one of AWS_PROFILE or AWS_DEFAULT_PROFILE, else "default",
  // which may be missing. Throws kUsage of destination scope when a profile that was asked for is
  // in neither file.
  static AwsProfile Load(const std::string& name, const Environment& environment);

  const std::string& name() const { return name_; }
  // Of a setting in lower case: "region", "aws_access_key_id", ...
  std::optional<std::string> Get(const std::string& setting) const;

 private:
  std::string name_;
  std::map<std::string, std::string> settings_;
};

}  // namespace octo::storage
