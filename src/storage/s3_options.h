#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "storage/environment.h"

namespace octo::storage {

// The memory a sink of an S3 store may always use, without asking the budget: a delivery's minimum
// must include it for each sink that is open at once. All beyond it is taken by
// MemoryBudget::TryAcquire.
inline constexpr size_t kS3SinkBytes = size_t{8} << 20;

// A bucket, and how to reach it. What is empty here comes from the environment and the AWS shared
// files.
struct S3Options {
  std::string bucket;
  std::string prefix;    // of all keys; without slashes at either end
  std::string endpoint;  // else AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, endpoint_url of the profile,
                         // AWS itself
  std::string region;    // else AWS_REGION, AWS_DEFAULT_REGION, region of the profile, us-east-1
  std::optional<bool> path_style;  // else: yes with an endpoint of one's own or dots in the
                                   // bucket's name, no with AWS
  std::string sse;                 // "", "AES256", "aws:kms", "aws:kms:dsse"
  std::string kms_key_id;
  std::string storage_class;  // "", "STANDARD_IA", ...
  std::string ca_bundle;      // else AWS_CA_BUNDLE, ca_bundle of the profile, the system's
  std::string profile;        // else AWS_PROFILE, AWS_DEFAULT_PROFILE, default

  size_t first_part_bytes = kS3SinkBytes;  // 5 MiB at least; parts grow with the object
  size_t largest_part_bytes = size_t{5}
                              << 30;  // and never more than a quarter of the memory budget
  size_t parts_in_flight = 4;         // of one sink
  size_t max_connections = 16;  // for parts, of all sinks; each may always have one; idle ones kept
  int tries = 5;                // of one call, before a fault that may go away is given up

  Environment environment = ProcessEnvironment;
};

}  // namespace octo::storage
