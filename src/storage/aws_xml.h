#pragma once

#include <optional>
#include <string>
#include <vector>

#include "storage/credentials.h"
#include "storage/object_store.h"

// The handful of XML documents that S3 and STS exchange with us.
namespace octo::storage {

// Why a service refused a call. The code is empty when the answer had no (readable) body.
struct ServiceFault {
  int status = 0;
  std::string code;  // "NoSuchKey", "SlowDown", ...
  std::string message;
  std::string region;  // where the bucket really is, in the faults that tell
};

// <Error> of S3, <ErrorResponse> of STS.
ServiceFault ParseFault(int status, const std::string& body);
// Whether the document is an <Error>, whatever the status of the answer was.
bool IsFaultDocument(const std::string& body);

struct ObjectPage {
  std::vector<ObjectInfo> objects;
  std::string next;  // continuation token; empty on the last page
};
struct UploadPage {
  struct Upload {
    std::string key;
    std::string id;
  };
  std::vector<Upload> uploads;
  bool is_last = true;
  std::string next_key;
  std::string next_id;
};

// The parsers throw kTransient of destination scope for what is not the expected document:
// something between us and the store has answered in its place.
ObjectPage ParseObjectPage(const std::string& body);
UploadPage ParseUploadPage(const std::string& body);
std::string ParseUploadId(const std::string& body);
// nullopt when it can't be read.
std::optional<Credentials> ParseAssumedRole(const std::string& body);

std::string CompletionDocument(const std::vector<stream::UploadedPart>& parts);

// Etags without quotes are what we keep; headers want them quoted.
std::string Unquoted(std::string etag);

}  // namespace octo::storage
