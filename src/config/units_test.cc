#include "config/units.h"

#include <gtest/gtest.h>

#include "config/host_key.h"
#include "config/nearest.h"
#include "config/words.h"

namespace octo::config {
namespace {

TEST(ParseSize, ReadsDecimalAndBinaryUnits) {
  EXPECT_EQ(ParseSize("128 MiB"), 128U << 20);
  EXPECT_EQ(ParseSize("128mib"), 128U << 20);
  EXPECT_EQ(ParseSize("10 MB"), 10'000'000U);
  EXPECT_EQ(ParseSize("1.5 KiB"), 1536U);
  EXPECT_EQ(ParseSize("4096"), 4096U);
  EXPECT_EQ(ParseSize("0 B"), 0U);
  EXPECT_EQ(ParseSize("2TiB"), 2ULL << 40);
}

TEST(ParseSize, RefusesAnythingElse) {
  for (const char* text : {"", "MiB", "-1 MiB", "1 MiB x", "1 XiB", "1,5 MB", " 1", "1e30 TB",
                           "inf", "nan", "99999999 TiB"}) {
    EXPECT_FALSE(ParseSize(text).has_value()) << text;
  }
}

TEST(ParseRate, IsASizeForEachSecond) {
  EXPECT_EQ(ParseRate("10 MB/s"), 10'000'000U);
  EXPECT_EQ(ParseRate("unlimited"), 0U);
  for (const char* text : {"", "/s", "10 MB", "10/s", "10 MB/h"})
    EXPECT_FALSE(ParseRate(text).has_value()) << text;
}

TEST(ParseDuration, AddsItsParts) {
  using namespace std::chrono_literals;
  EXPECT_EQ(ParseDuration("60s"), 60s);
  EXPECT_EQ(ParseDuration("5 m"), 300s);
  EXPECT_EQ(ParseDuration("24h"), 86400s);
  EXPECT_EQ(ParseDuration("2d"), 48h);
  EXPECT_EQ(ParseDuration("1h30m"), 5400s);
  EXPECT_EQ(ParseDuration("1h 30m"), 5400s);
  EXPECT_EQ(ParseDuration("0s"), 0s);
  for (const char* text : {"", "60", "s", "-1s", "1.5h", "1x", "500ms", "99999999999s", "1h30"}) {
    EXPECT_FALSE(ParseDuration(text).has_value()) << text;
  }
}

TEST(Format, GivesWhatTheParsersRead) {
  for (const uint64_t bytes : {0ULL, 1ULL, 1000ULL, 1024ULL, 128ULL << 20, (1ULL << 40) + 1})
    EXPECT_EQ(ParseSize(FormatSize(bytes)), bytes);
  for (const int seconds : {0, 1, 60, 90, 3600, 86400}) {
    EXPECT_EQ(ParseDuration(FormatDuration(std::chrono::seconds(seconds))),
              std::chrono::seconds(seconds));
  }
  EXPECT_EQ(FormatSize(128ULL << 20), "128 MiB");
  EXPECT_EQ(FormatDuration(std::chrono::seconds(86400)), "24h");
}

TEST(Nearest, FindsTheSlipOfAFinger) {
  const std::vector<std::string> keys = {"include", "exclude", "inbox", "sftp.host"};
  EXPECT_EQ(Nearest("inlcude", keys), "include");
  EXPECT_EQ(Nearest("exlude", keys), "exclude");
  EXPECT_EQ(Nearest("sftp.hots", keys), "sftp.host");
  EXPECT_EQ(Nearest("colour", keys), "");
  EXPECT_EQ(Nearest(std::string(100000, 'x'), keys), "");
}

TEST(SplitWords, KeepsQuotedBlanksTogether) {
  EXPECT_EQ(SplitWords("pass  show 'my key' \"it's\" a''b"),
            (std::vector<std::string>{"pass", "show", "my key", "it's", "ab"}));
  EXPECT_EQ(SplitWords("x ''"), (std::vector<std::string>{"x", ""}));
  EXPECT_TRUE(SplitWords("pass 'show").empty());
  EXPECT_TRUE(SplitWords("  ").empty());
}

TEST(HostKeyProblem, TellsAKeyFromADamagedOne) {
  const std::string key = "AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";
  EXPECT_EQ(HostKeyProblem("ssh-ed25519 " + key), "");
  EXPECT_EQ(HostKeyProblem("ssh-ed25519 " + key + " a comment"), "");
  EXPECT_NE(HostKeyProblem("ssh-ed25519"), "");
  EXPECT_NE(HostKeyProblem("ssh-rsa " + key), "");
  EXPECT_NE(HostKeyProblem("ssh-dss " + key), "");
  EXPECT_NE(HostKeyProblem("ssh-ed25519 AAAA"), "");
  EXPECT_NE(HostKeyProblem("ssh-ed25519 " + key.substr(0, key.size() - 8)), "") << "cut off";
  EXPECT_NE(HostKeyProblem("sftp.example.com ssh-ed25519 " + key).find("host's name"),
            std::string::npos);
}

}  // namespace
}  // namespace octo::config
