#include "storage/aws_xml.h"

#include <fmt/core.h>

#include <pugixml.hpp>
#include <sstream>

#include "base/error.h"
#include "net/url.h"

namespace octo::storage {
namespace {

pugi::xml_node Root(pugi::xml_document& document, const std::string& body, const char* name) {
  const auto result = document.load_buffer(body.data(), body.size());
  const auto root = document.child(name);
  if (result && root) return root;
  throw Error(ErrorKind::kTransient, ErrorScope::kDestination, "storage",
              fmt::format("the store's answer is not the expected {}", name),
              "check the endpoint: something that is no S3 service may have answered");
}

std::string Text(const pugi::xml_node& node, const char* name) { return node.child_value(name); }

}  // namespace

ServiceFault ParseFault(int status, const std::string& body) {
  ServiceFault fault;
  fault.status = status;
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return fault;
  auto error = document.child("Error");
  if (!error) error = document.child("ErrorResponse").child("Error");
  fault.code = Text(error, "Code");
  fault.message = Text(error, "Message");
  fault.region = Text(error, "Region");
  return fault;
}

bool IsFaultDocument(const std::string& body) {
  pugi::xml_document document;
  return document.load_buffer(body.data(), body.size()) && document.child("Error");
}

ObjectPage ParseObjectPage(const std::string& body) {
  pugi::xml_document document;
  const auto root = Root(document, body, "ListBucketResult");
  const bool is_encoded = Text(root, "EncodingType") == "url";
  ObjectPage page;
  for (const auto& entry : root.children("Contents")) {
    ObjectInfo info;
    info.key = Text(entry, "Key");
    if (is_encoded) info.key = net::PercentDecode(info.key, true);
    info.bytes = entry.child("Size").text().as_ullong();
    info.etag = Unquoted(Text(entry, "ETag"));
    info.modified = ParseTime(Text(entry, "LastModified")).value_or(WallTime{});
    page.objects.push_back(std::move(info));
  }
  if (Text(root, "IsTruncated") == "true") page.next = Text(root, "NextContinuationToken");
  return page;
}

UploadPage ParseUploadPage(const std::string& body) {
  pugi::xml_document document;
  const auto root = Root(document, body, "ListMultipartUploadsResult");
  const bool is_encoded = Text(root, "EncodingType") == "url";
  const auto key_of = [&](const pugi::xml_node& node, const char* name) {
    return is_encoded ? net::PercentDecode(Text(node, name), true) : Text(node, name);
  };
  UploadPage page;
  for (const auto& entry : root.children("Upload"))
    page.uploads.push_back({key_of(entry, "Key"), Text(entry, "UploadId")});
  page.is_last = Text(root, "IsTruncated") != "true";
  page.next_key = key_of(root, "NextKeyMarker");
  page.next_id = Text(root, "NextUploadIdMarker");
  return page;
}

std::string ParseUploadId(const std::string& body) {
  pugi::xml_document document;
  std::string id = Text(Root(document, body, "InitiateMultipartUploadResult"), "UploadId");
  if (!id.empty()) return id;
  throw Error(ErrorKind::kTransient, ErrorScope::kDestination, "upload",
              "the store began an upload without an id");
}

std::optional<Credentials> ParseAssumedRole(const std::string& body) {
  pugi::xml_document document;
  if (!document.load_buffer(body.data(), body.size())) return std::nullopt;
  const auto node = document.child("AssumeRoleWithWebIdentityResponse")
                        .child("AssumeRoleWithWebIdentityResult")
                        .child("Credentials");
  Credentials credentials{Text(node, "AccessKeyId"),
                          Secret(Text(node, "SecretAccessKey")),
                          Secret(Text(node, "SessionToken")),
                          ParseTime(Text(node, "Expiration")),
                          {}};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) return std::nullopt;
  return credentials;
}

std::string CompletionDocument(const std::vector<stream::UploadedPart>& parts) {
  pugi::xml_document document;
  auto root = document.append_child("CompleteMultipartUpload");
  root.append_attribute("xmlns") = "http://s3.amazonaws.com/doc/2006-03-01/";
  for (const auto& part : parts) {
    auto node = root.append_child("Part");
    if (!part.checksum.empty()) node.append_child("ChecksumCRC32C").text() = part.checksum.c_str();
    node.append_child("ETag").text() = fmt::format("\"{}\"", part.etag).c_str();
    node.append_child("PartNumber").text() = part.number;
  }
  std::ostringstream text;
  document.save(text, "", pugi::format_raw | pugi::format_no_declaration);
  return text.str();
}

std::string Unquoted(std::string etag) {
  if (etag.size() >= 2 && etag.front() == '"' && etag.back() == '"')
    return etag.substr(1, etag.size() - 2);
  return etag;
}

}  // namespace octo::storage
