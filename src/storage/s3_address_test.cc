#include "storage/s3_address.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "storage/test_environment.h"

namespace octo::storage {
namespace {

S3Address Resolve(S3Options options, std::map<std::string, std::string> variables = {}) {
  options.environment = EnvironmentOf(std::move(variables));
  return S3Address::Resolve(options, AwsProfile::Load("", options.environment));
}

std::string UrlOf(const S3Address& address, const std::string& key) {
  return address.Origin() + address.Path(key);
}

TEST(S3Address, AwsIsReachedByVirtualHostsOverTls) {
  const auto address = Resolve({.bucket = "fund", .region = "eu-west-1"});
  EXPECT_EQ(UrlOf(address, "a b/c.csv"), "https://fund.s3.eu-west-1.amazonaws.com/a%20b/c.csv");
  EXPECT_EQ(UrlOf(address, ""), "https://fund.s3.eu-west-1.amazonaws.com/");
  EXPECT_TRUE(address.is_tls());
  EXPECT_EQ(Resolve({.bucket = "fund", .region = "cn-north-1"}).Authority(),
            "fund.s3.cn-north-1.amazonaws.com.cn");
}

TEST(S3Address, BucketsWithDotsNeedPaths) {
  EXPECT_EQ(UrlOf(Resolve({.bucket = "my.fund"}), "k"),
            "https://s3.us-east-1.amazonaws.com/my.fund/k");
}

TEST(S3Address, OtherStoresAreReachedByPathsUnlessToldOtherwise) {
  S3Options options{.bucket = "fund", .endpoint = "http://127.0.0.1:7070/"};
  EXPECT_EQ(UrlOf(Resolve(options), "k"), "http://127.0.0.1:7070/fund/k");
  EXPECT_EQ(UrlOf(Resolve(options), ""), "http://127.0.0.1:7070/fund");
  EXPECT_FALSE(Resolve(options).is_tls());
  options.path_style = false;
  EXPECT_EQ(UrlOf(Resolve(options), "k"), "http://fund.127.0.0.1:7070/k");
}

TEST(S3Address, TheMoreSpecialSettingWins) {
  const S3Options options{.bucket = "b"};
  EXPECT_EQ(Resolve(options, {{"AWS_ENDPOINT_URL", "http://all"}}).Authority(), "all");
  EXPECT_EQ(
      Resolve(options, {{"AWS_ENDPOINT_URL", "http://all"}, {"AWS_ENDPOINT_URL_S3", "http://s3"}})
          .Authority(),
      "s3");
  EXPECT_EQ(
      Resolve({.bucket = "b", .endpoint = "http://own"}, {{"AWS_ENDPOINT_URL_S3", "http://s3"}})
          .Authority(),
      "own");
  EXPECT_EQ(Resolve(options).region(), "us-east-1");
  EXPECT_EQ(Resolve(options, {{"AWS_DEFAULT_REGION", "r2"}}).region(), "r2");
  EXPECT_EQ(Resolve(options, {{"AWS_DEFAULT_REGION", "r2"}, {"AWS_REGION", "r1"}}).region(), "r1");
  EXPECT_EQ(Resolve({.bucket = "b", .region = "r0"}, {{"AWS_REGION", "r1"}}).region(), "r0");
}

TEST(S3Address, FollowsTheBucketToItsRegion) {
  auto address = Resolve({.bucket = "fund"});
  address.MoveToRegion("ap-south-1");
  EXPECT_EQ(UrlOf(address, "k"), "https://fund.s3.ap-south-1.amazonaws.com/k");
  address.MoveTo(*net::ParseUrl("https://fund.s3-us-west-2.amazonaws.com/k"));
  EXPECT_EQ(UrlOf(address, "x"), "https://fund.s3-us-west-2.amazonaws.com/x");
}

TEST(S3Address, RefusesWhatCanNotWork) {
  for (const auto* bucket : {"", "..", "a/b", "a b", "a?b", "a@b"}) {
    EXPECT_THROW(Resolve({.bucket = bucket}), Error) << bucket;
  }
  EXPECT_THROW(Resolve({.bucket = "b", .endpoint = "minio:9000"}), Error);
}

}  // namespace
}  // namespace octo::storage
