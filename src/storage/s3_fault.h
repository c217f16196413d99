#pragma once

#include <string>

#include "base/error.h"
#include "storage/aws_xml.h"

// What the faults of S3 mean (Amazon S3 API reference, "Error responses").
namespace octo::storage {

// Whether the same call may succeed a little later.
bool MayGoAway(const ServiceFault& fault);

// "cannot upload part 3 of s3://bucket/key: 403 AccessDenied, Access Denied"
Error ToError(const ServiceFault& fault, const std::string& stage, const std::string& doing);

}  // namespace octo::storage
