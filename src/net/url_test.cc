#include "net/url.h"

#include <gtest/gtest.h>

namespace octo::net {
namespace {

TEST(Url, EncodesEverythingButUnreservedCharacters) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a b/c+d%e=&;"), "a%20b%2Fc%2Bd%25e%3D%26%3B");
  EXPECT_EQ(PercentEncode("ä/日", true), "%C3%A4/%E6%97%A5");
}

TEST(Url, DecodesWhatItEncodes) {
  const std::string odd = "a b/c+d%e=&;~\xc3\xa4";
  EXPECT_EQ(PercentDecode(PercentEncode(odd)), odd);
  EXPECT_EQ(PercentDecode("a+b%2Bc", true), "a b+c");
  EXPECT_EQ(PercentDecode("a+b"), "a+b");
  EXPECT_EQ(PercentDecode("50%"), "50%");
  EXPECT_EQ(PercentDecode("%zz%4"), "%zz%4");
}

TEST(Url, ParsesSchemeAuthorityAndPath) {
  const auto url = ParseUrl("https://s3.example.com:8443/base/path");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->Origin(), "https://s3.example.com:8443");
  EXPECT_EQ(url->Host(), "s3.example.com");
  EXPECT_EQ(url->path, "/base/path");
  EXPECT_EQ(ParseUrl("http://[fd00:ec2::23]:80")->Host(), "fd00:ec2::23");
  for (const auto* text : {"", "s3://bucket", "https://", "http:///x", "http://user@host/",
                           "http://host/?q", "host"}) {
    EXPECT_FALSE(ParseUrl(text)) << text;
  }
}

}  // namespace
}  // namespace octo::net
