#include "storage/open_store.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "base/error.h"

namespace octo::storage {
namespace {

S3Options NoAws() {
  return {.environment = [](const std::string&) { return std::optional<std::string>(); }};
}

TEST(OpenStore, OpensBucketsAndFolders) {
  EXPECT_EQ(OpenStore("s3://fund", NoAws())->Url(), "s3://fund");
  EXPECT_EQ(OpenStore("s3://fund/", NoAws())->Url(), "s3://fund");
  EXPECT_EQ(OpenStore("s3://fund/a/b/", NoAws())->Url(), "s3://fund/a/b");
  EXPECT_EQ(OpenStore("file:///data/landing")->Url(), "file:///data/landing");
  EXPECT_EQ(OpenStore("/data/a b%20/")->Url(), "file:///data/a b%20");
  EXPECT_EQ(OpenStore("landing")->Url(),
            "file://" + (std::filesystem::current_path() / "landing").string());
}

TEST(OpenStore, RefusesOtherUrls) {
  for (const auto* url :
       {"", "gs://bucket", "http://host/x", "file://host/x", "s3://", "s3://a b", "s3://b/../x"}) {
    EXPECT_THROW(OpenStore(url, NoAws()), Error) << url;
  }
}

}  // namespace
}  // namespace octo::storage
