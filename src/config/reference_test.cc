#include "config/reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>

#include "config/schema.h"
#include "config/testing.h"
#include "config/toml_document.h"

namespace octo::config {
namespace {

TEST(ConfigurationReference, IsThePageInTheDocuments) {
  const std::string path = OCTO_SOURCE_DIR "/docs/configuration.md";
  if (std::getenv("OCTO_UPDATE_DOCS") != nullptr)
    std::ofstream(path, std::ios::binary) << ConfigurationReference();
  std::ifstream file(path, std::ios::binary);
  const std::string page{std::istreambuf_iterator<char>(file), {}};
  EXPECT_TRUE(page == ConfigurationReference())
      << "docs/configuration.md is not what the tables of keys say. Run this test once with "
         "OCTO_UPDATE_DOCS=1 in the environment.";
}

TEST(Keys, AreUniqueAndDocumented) {
  for (const auto* keys : {&GlobalKeys(), &ProviderKeys()}) {
    std::set<std::string_view> paths;
    for (const Key& key : *keys) {
      EXPECT_TRUE(paths.insert(key.path).second) << key.path;
      EXPECT_TRUE(key.documentation.ends_with('.')) << key.path;
      EXPECT_NE(key.store, nullptr) << key.path;
      EXPECT_EQ(key.type == Type::kChoice, !key.choices.empty()) << key.path;
      EXPECT_THAT(ConfigurationReference(),
                  testing::HasSubstr("#### `" + std::string(key.path) + "`"));
    }
  }
}

// Examples may name files that are not there and keys that are shortened; their form must be right.
TEST(Keys, HaveExamplesOfTheirType) {
  const Environment environment = [](const std::string&) {
    return std::optional<std::string>("set");
  };
  const RunCommand no_command;
  for (const auto* keys : {&GlobalKeys(), &ProviderKeys()}) {
    for (const Key& key : *keys) {
      const TomlDocument document = ParseToml("key = " + std::string(key.example));
      ASSERT_FALSE(document.error) << key.path;
      Problems problems;
      EXPECT_TRUE(
          Read(key, *document.entries[0].value, {environment, no_command, "", true}, problems))
          << key.path;
      const bool incomplete = key.type == Type::kPath || key.type == Type::kKeys ||
                              key.path.ends_with("known_hosts") || key.path.ends_with("host_keys");
      if (incomplete) continue;
      EXPECT_TRUE(problems.empty()) << key.path << ": " << problems[0].message;
    }
  }
}

TEST(Keys, HaveTheDefaultsOfTheStructs) {
  const Desk desk;
  const Loaded loaded = desk.LoadText("[provider.x]\n");
  provider::Provider expected;
  expected.name = "x";
  const ProviderSettings& settings = loaded.settings.providers.at("x");
  EXPECT_EQ(settings.provider, expected);
  EXPECT_EQ(settings.sftp.port, SftpSettings().port);
  EXPECT_EQ(settings.sftp.pipeline, SftpSettings().pipeline);
  EXPECT_EQ(settings.sftp.connect_timeout, SftpSettings().connect_timeout);
  EXPECT_EQ(settings.sftp.max_sessions, SftpSettings().max_sessions);
  EXPECT_EQ(settings.openpgp.signature, OpenPgpSettings().signature);
  EXPECT_EQ(settings.openpgp.integrity, OpenPgpSettings().integrity);
  EXPECT_EQ(settings.schedule.timezone, ScheduleSettings().timezone);
  EXPECT_EQ(loaded.settings.memory_budget_bytes, Settings().memory_budget_bytes);
  EXPECT_EQ(loaded.settings.log_level, Settings().log_level);
}

}  // namespace
}  // namespace octo::config
