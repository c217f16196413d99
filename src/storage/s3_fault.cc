#include "storage/s3_fault.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace octo::storage {
namespace {

using Codes = std::initializer_list<std::string_view>;

bool IsOneOf(const std::string& code, Codes codes) {
  return std::find(codes.begin(), codes.end(), code) != codes.end();
}

struct Meaning {
  ErrorKind kind;
  ErrorScope scope = ErrorScope::kDestination;
  const char* hint = "";
};

Meaning MeaningOf(const ServiceFault& fault) {
  if (MayGoAway(fault)) {
    return {ErrorKind::kTransient, ErrorScope::kDestination,
            "the store is busy or down: it will be tried again"};
  }
  if (IsOneOf(fault.code,
              {"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken"})) {
    return {ErrorKind::kDenied, ErrorScope::kDestination,
            "the AWS session has expired: renew its credentials"};
  }
  if (IsOneOf(fault.code, {"InvalidAccessKeyId", "SignatureDoesNotMatch"})) {
    return {ErrorKind::kDenied, ErrorScope::kDestination,
            "check the AWS access key and its secret"};
  }
  if (fault.code == "RequestTimeTooSkewed") {
    return {ErrorKind::kDenied, ErrorScope::kDestination,
            "the clock of this machine is wrong: set it"};
  }
  if (fault.code.starts_with("KMS.")) {
    return {ErrorKind::kDenied, ErrorScope::kDestination,
            "check the KMS key and the right to use it"};
  }
  if (fault.status == 401 || fault.status == 403) {
    return {
        ErrorKind::kDenied, ErrorScope::kDestination,
        "give these credentials the right to do this: s3:GetObject, s3:PutObject, s3:DeleteObject, "
        "s3:AbortMultipartUpload on the objects, s3:ListBucket and s3:ListBucketMultipartUploads "
        "on the bucket"};
  }
  if (fault.code == "NoSuchBucket") {
    return {ErrorKind::kPermanent, ErrorScope::kDestination,
            "create the bucket, or correct its name or region"};
  }
  if (IsOneOf(fault.code, {"KeyTooLongError", "EntityTooLarge", "InvalidURI"})) {
    return {ErrorKind::kPermanent, ErrorScope::kDelivery, "the store can't hold this object"};
  }
  if (fault.code == "NoSuchUpload") {
    return {ErrorKind::kTransient, ErrorScope::kDelivery,
            "somebody dropped the upload: another worker that took this delivery over, or a "
            "lifecycle rule of the bucket"};
  }
  if (fault.code == "InvalidObjectState") {
    return {ErrorKind::kPermanent, ErrorScope::kDelivery,
            "the object is archived: restore it first"};
  }
  if (fault.status == 409 || fault.status == 412)
    return {ErrorKind::kConflict, ErrorScope::kDelivery};
  // Some stores answer 404 for whom or what they do not know beside objects.
  if (fault.status == 404 && IsOneOf(fault.code, {"", "NoSuchKey", "NotFound"}))
    return {ErrorKind::kPermanent, ErrorScope::kDelivery};
  if (fault.status >= 300 && fault.status < 400) {
    return {ErrorKind::kPermanent, ErrorScope::kDestination,
            "check the endpoint and the region of the bucket"};
  }
  return {ErrorKind::kPermanent, ErrorScope::kDestination,
          "check the settings of this destination"};
}

}  // namespace

bool MayGoAway(const ServiceFault& fault) {
  if (fault.code == "NotImplemented" || fault.status == 501) return false;
  return fault.status >= 500 || fault.status == 429 || fault.status == 408 ||
         IsOneOf(fault.code,
                 {"SlowDown", "SlowDownRead", "SlowDownWrite", "InternalError",
                  "ServiceUnavailable", "RequestTimeout", "Throttling", "ThrottlingException",
                  "RequestLimitExceeded", "OperationAborted", "BadDigest",
                  "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch", "IncompleteBody"});
}

Error ToError(const ServiceFault& fault, const std::string& stage, const std::string& doing) {
  const Meaning meaning = MeaningOf(fault);
  std::string why = std::to_string(fault.status);
  if (!fault.code.empty()) why += " " + fault.code;
  if (!fault.message.empty()) why += ", " + fault.message;
  return {meaning.kind, meaning.scope, stage, fmt::format("cannot {}: {}", doing, why),
          meaning.hint};
}

}  // namespace octo::storage
