#include "storage/aws_signature.h"

#include <gmock/gmock.h>

#include "crypto/digest.h"

namespace octo::storage {
namespace {

using testing::HasSubstr;

std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

// The suite that AWS publishes for Signature Version 4.
class SignatureSuite : public testing::Test {
 protected:
  std::string Sign(SignedRequest request) {
    request.headers["host"] = "example.amazonaws.com";
    request.headers["x-amz-date"] = "20150830T123600Z";
    request.payload_hash = kEmptyPayload;
    const Credentials credentials{
        "AKIDEXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), {}, {}, {}};
    return Authorization(request, credentials, "us-east-1", "service",
                         *ParseTime("2015-08-30T12:36:00Z"));
  }
};

TEST_F(SignatureSuite, GetVanilla) {
  EXPECT_EQ(Sign({.method = "GET"}),
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
            "SignedHeaders=host;x-amz-date, "
            "Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
}

TEST_F(SignatureSuite, GetVanillaQueryOrderKeyCase) {
  EXPECT_EQ(
      SignatureOf(Sign({.method = "GET", .query = {{"Param2", "value2"}, {"Param1", "value1"}}})),
      "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_F(SignatureSuite, PostVanilla) {
  EXPECT_EQ(SignatureOf(Sign({.method = "POST"})),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_F(SignatureSuite, HeaderValuesAreTrimmed) {
  EXPECT_THAT(CanonicalRequest({.method = "GET",
                                .headers = {{"my-header1", "a   b   c"}, {"my-header2", " x "}}}),
              HasSubstr("my-header1:a b c\nmy-header2:x\n"));
}

// The examples of the Amazon S3 API reference, "Signature calculations: single chunk".
class S3Examples : public testing::Test {
 protected:
  std::string Sign(SignedRequest request) {
    request.headers["host"] = "examplebucket.s3.amazonaws.com";
    request.headers["x-amz-date"] = "20130524T000000Z";
    if (request.payload_hash.empty()) request.payload_hash = kEmptyPayload;
    request.headers["x-amz-content-sha256"] = request.payload_hash;
    const Credentials credentials{
        "AKIAIOSFODNN7EXAMPLE", Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), {}, {}, {}};
    return SignatureOf(
        Authorization(request, credentials, "us-east-1", "s3", *ParseTime("2013-05-24T00:00:00Z")));
  }
};

TEST_F(S3Examples, GetObject) {
  EXPECT_EQ(Sign({.method = "GET", .path = "/test.txt", .headers = {{"range", "bytes=0-9"}}}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(S3Examples, PutObject) {
  EXPECT_EQ(Sign({.method = "PUT",
                  .path = "/test%24file.text",
                  .headers = {{"date", "Fri, 24 May 2013 00:00:00 GMT"},
                              {"x-amz-storage-class", "REDUCED_REDUNDANCY"}},
                  .payload_hash = crypto::Sha256Hex("Welcome to Amazon S3.")}),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(S3Examples, GetBucketLifecycle) {
  EXPECT_EQ(Sign({.method = "GET", .query = {{"lifecycle", ""}}}),
            "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(S3Examples, ListObjects) {
  EXPECT_EQ(Sign({.method = "GET", .query = {{"max-keys", "2"}, {"prefix", "J"}}}),
            "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

}  // namespace
}  // namespace octo::storage
