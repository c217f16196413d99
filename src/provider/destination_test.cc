#include "provider/destination.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "provider/preset.h"

namespace octo::provider {
namespace {

TEST(ParseDestination, ReadsBucketsAndFolders) {
  using enum Destination::Kind;
  EXPECT_EQ(ParseDestination("s3://fund-data"), (Destination{kS3, "fund-data", "", ""}));
  EXPECT_EQ(ParseDestination("s3://fund-data/a/b/"), (Destination{kS3, "fund-data", "a/b", ""}));
  EXPECT_EQ(ParseDestination("file:///srv/my data/"),
            (Destination{kFolder, "", "", "/srv/my data"}));
  EXPECT_EQ(ParseDestination("file:///"), (Destination{kFolder, "", "", "/"}));
}

TEST(ParseDestination, RefusesAnythingElse) {
  for (const char* url :
       {"", "fund-data", "s3:/x", "s3://", "s3://ab", "s3://my bucket", "s3://fund-data//a",
        "s3://fund-data/../a", "file://srv", "file:srv", "http://x"}) {
    EXPECT_THROW(ParseDestination(url), Error) << url;
  }
}

TEST(Presets, AreFoundByName) {
  EXPECT_NE(FindPreset("affirm"), nullptr);
  EXPECT_NE(FindPreset("bloomberg"), nullptr);
  EXPECT_EQ(FindPreset("Affirm"), nullptr);
}

}  // namespace
}  // namespace octo::provider
