#include "storage/aws_xml.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace octo::storage {
namespace {

TEST(AwsXml, ReadsFaultsOfS3AndSts) {
  const auto fault = ParseFault(
      400,
      "<?xml "
      "version=\"1.0\"?><Error><Code>A&amp;B</Code><Message>m</Message><Region>r</Region></Error>");
  EXPECT_EQ(fault.status, 400);
  EXPECT_EQ(fault.code, "A&B");
  EXPECT_EQ(fault.message, "m");
  EXPECT_EQ(fault.region, "r");
  EXPECT_EQ(ParseFault(400, "<ErrorResponse><Error><Code>X</Code></Error></ErrorResponse>").code,
            "X");
  for (const auto* body : {"", "<html><body>no</body></html>", "<Error><Code>", "{}"}) {
    EXPECT_EQ(ParseFault(502, body).code, "") << body;
    EXPECT_FALSE(IsFaultDocument(body)) << body;
  }
  EXPECT_TRUE(IsFaultDocument(" \n <Error/>"));
}

TEST(AwsXml, ReadsAPageOfObjects) {
  const auto page = ParseObjectPage(
      "<ListBucketResult "
      "xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><EncodingType>url</EncodingType>"
      "<IsTruncated>true</IsTruncated><NextContinuationToken>t+/=</NextContinuationToken>"
      "<Contents><Key>a+b%2Bc/%C3%A4</Key><Size>5000000000</Size><ETag>&quot;e-2&quot;</ETag>"
      "<LastModified>2026-05-01T06:30:00.000Z</LastModified></Contents></ListBucketResult>");
  ASSERT_EQ(page.objects.size(), 1u);
  EXPECT_EQ(page.objects[0].key, "a b+c/\xc3\xa4");
  EXPECT_EQ(page.objects[0].bytes, 5'000'000'000u);
  EXPECT_EQ(page.objects[0].etag, "e-2");
  EXPECT_EQ(page.objects[0].modified, ParseTime("2026-05-01T06:30:00Z"));
  EXPECT_EQ(page.next, "t+/=");
}

TEST(AwsXml, KeysStayAsTheyAreWithoutEncoding) {
  const auto page = ParseObjectPage(
      "<ListBucketResult><Contents><Key>a+b%20</Key></Contents></ListBucketResult>");
  EXPECT_EQ(page.objects.at(0).key, "a+b%20");
  EXPECT_EQ(page.next, "");
}

TEST(AwsXml, WhatIsNotTheExpectedDocumentIsATransientError) {
  for (const auto* body : {"", "<html/>", "<ListBucketResult><Contents>"}) {
    try {
      ParseObjectPage(body);
      FAIL() << body;
    } catch (const Error& error) {
      EXPECT_EQ(error.kind, ErrorKind::kTransient);
      EXPECT_EQ(error.scope, ErrorScope::kDestination);
    }
  }
  EXPECT_THROW(ParseUploadId("<InitiateMultipartUploadResult/>"), Error);
}

TEST(AwsXml, WritesTheCompletionOfAnUpload) {
  EXPECT_EQ(CompletionDocument({{1, "e<1", "AAAA", 5}, {2, "e2", "", 1}}),
            "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
            "<Part><ChecksumCRC32C>AAAA</ChecksumCRC32C><ETag>\"e&lt;1\"</ETag><PartNumber>1</"
            "PartNumber></Part>"
            "<Part><ETag>\"e2\"</ETag><PartNumber>2</PartNumber></Part></CompleteMultipartUpload>");
}

}  // namespace
}  // namespace octo::storage
