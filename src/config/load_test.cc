#include "config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "config/show.h"
#include "config/testing.h"

namespace octo::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kHostKey =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f";

constexpr std::string_view kAcme = R"([provider.acme]
destination = "s3://fund-data"
sftp = { host = "sftp.acme.example", user = "fund", use_agent = true }
)";

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(Load, NeedsNothingAtAll) {
  const Desk desk;
  const Loaded loaded = desk.LoadEnvironment();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.providers, IsEmpty());
  EXPECT_EQ(loaded.settings.ledger_url, "sqlite:" + desk.Path("home/.local/state/octo/octo.db"));
  EXPECT_EQ(loaded.settings.memory_budget_bytes, 128U << 20);
  EXPECT_EQ(loaded.file, "");
}

TEST(Load, PutsTheLedgerIntoTheStateFolder) {
  Desk desk;
  desk.variables["XDG_STATE_HOME"] = "/var/state";
  EXPECT_EQ(desk.LoadEnvironment().settings.ledger_url, "sqlite:/var/state/octo/octo.db");
  desk.variables["XDG_STATE_HOME"] = "relative";
  EXPECT_EQ(desk.LoadEnvironment().settings.ledger_url,
            "sqlite:" + desk.Path("home/.local/state/octo/octo.db"));
}

TEST(Load, TakesAffirmFromTheOldSystemsVariablesAlone) {
  Desk desk;
  desk.variables["SFTP_HOSTNAME_AFFIRM"] = "sftp.affirm.example";
  desk.variables["SFTP_USERNAME_AFFIRM"] = "fund";
  desk.variables["SFTP_PORT_AFFIRM"] = "2222";
  desk.variables["SFTP_PASSWORD_AFFIRM"] = "secret-1";
  desk.variables["PRIVATE_KEY_PATH_AFFIRM"] = desk.Write("id", "key");
  desk.variables["GPG_PASSPHRASE_AFFIRM"] = "secret-2";
  desk.variables["S3_BUCKET_AFFIRM"] = "fund-data";
  desk.variables["SFTP_HOST_KEY_AFFIRM"] =
      std::string(kHostKey) + "\n" + std::string(kHostKey) + " second\n";
  desk.variables["GNUPGHOME"] = "/srv/gnupg";
  const Loaded loaded = desk.LoadEnvironment();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  ASSERT_THAT(loaded.settings.providers, testing::SizeIs(1));
  const ProviderSettings& affirm = loaded.settings.providers.at("affirm");
  EXPECT_EQ(affirm.preset, "affirm");
  EXPECT_EQ(affirm.provider.name, "affirm");
  EXPECT_THAT(affirm.provider.inbox, ElementsAre("inbox"));
  EXPECT_EQ(affirm.provider.destination, "s3://fund-data");
  EXPECT_EQ(affirm.sftp.host, "sftp.affirm.example");
  EXPECT_EQ(affirm.sftp.user, "fund");
  EXPECT_EQ(affirm.sftp.port, 2222);
  EXPECT_EQ(affirm.sftp.password.Reveal(), "secret-1");
  EXPECT_EQ(affirm.sftp.private_key, desk.Path("id"));
  EXPECT_THAT(affirm.sftp.host_keys, ElementsAre(kHostKey, std::string(kHostKey) + " second"));
  EXPECT_EQ(affirm.sftp.socks_proxy, "");
  EXPECT_EQ(affirm.openpgp.passphrase.Reveal(), "secret-2");
  EXPECT_THAT(affirm.openpgp.keys, ElementsAre(OpenPgpSettings::Keys{
                                       OpenPgpSettings::Keys::Kind::kGnupgHome, "/srv/gnupg"}));
  EXPECT_TRUE(affirm.openpgp.keys_assumed);
}

TEST(Load, KnowsBloombergsServerAndItsTwoPlaces) {
  Desk desk;
  desk.variables["SFTP_USERNAME_BLOOMBERG"] = "dl123456";
  desk.variables["SFTP_PASSWORD_BLOOMBERG"] = "secret";
  desk.variables["S3_BUCKET_BLOOMBERG"] = "s3://fund-data/bbg";
  desk.variables["SERVER_ENV"] = "dev";
  const Loaded loaded = desk.LoadEnvironment();
  EXPECT_THAT(Lines(loaded), IsEmpty());
  const ProviderSettings& bloomberg = loaded.settings.providers.at("bloomberg");
  EXPECT_EQ(bloomberg.sftp.host, "sftp.bloomberg.com");
  EXPECT_EQ(bloomberg.sftp.port, 22);
  EXPECT_THAT(bloomberg.provider.inbox, ElementsAre("inbox", ""));
  EXPECT_EQ(bloomberg.provider.destination, "s3://fund-data/bbg");
  EXPECT_EQ(bloomberg.sftp.socks_proxy, "127.0.0.1:9090");
  EXPECT_THAT(bloomberg.openpgp.keys,
              ElementsAre(OpenPgpSettings::Keys{OpenPgpSettings::Keys::Kind::kGnupgHome, ""}));
}

TEST(Load, UsesNoProxyOutsideDevelopment) {
  Desk desk;
  desk.variables["SERVER_ENV"] = "prod";
  EXPECT_EQ(desk.LoadText(kAcme).settings.providers.at("acme").sftp.socks_proxy, "");
}

TEST(Load, PrefersFileThenEnvironmentThenPresetThenDefault) {
  Desk desk;
  desk.variables["SFTP_HOSTNAME_BLOOMBERG"] = "env.example";
  desk.variables["SFTP_PORT_BLOOMBERG"] = "2022";
  desk.variables["SFTP_PASSWORD_BLOOMBERG"] = "secret";
  desk.variables["S3_BUCKET_BLOOMBERG"] = "env-bucket";
  const Loaded loaded = desk.LoadText(R"([provider.bloomberg.sftp]
user = "dl1"
port = 30206
)");
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(Effective(loaded, "provider.bloomberg.sftp.port"),
            "30206 <" + desk.Path("octo.toml") + ":3>");
  EXPECT_EQ(Effective(loaded, "provider.bloomberg.sftp.host"),
            "\"env.example\" <environment SFTP_HOSTNAME_BLOOMBERG>");
  EXPECT_EQ(Effective(loaded, "provider.bloomberg.inbox"), "[\"inbox\", \"\"] <preset bloomberg>");
  EXPECT_EQ(Effective(loaded, "provider.bloomberg.settle"), "\"60s\" <default>");
}

TEST(Load, FillsAnyProviderFromVariablesOfItsName) {
  Desk desk;
  desk.variables["SFTP_HOSTNAME_ACME_EU_2"] = "sftp.acme.example";
  desk.variables["SFTP_USERNAME_ACME_EU_2"] = "fund";
  desk.variables["SFTP_PASSWORD_ACME_EU_2"] = "secret";
  desk.variables["S3_BUCKET_ACME_EU_2"] = "fund-data";
  const Loaded loaded = desk.LoadText("[provider.acme-eu_2]\n");
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.providers.at("acme-eu_2").sftp.host, "sftp.acme.example");
  EXPECT_THAT(loaded.settings.providers.at("acme-eu_2").openpgp.keys, IsEmpty());
}

TEST(Load, TakesAnotherNameForAPreset) {
  const Desk desk;
  const Loaded loaded = desk.LoadText(R"([provider.bbg-eu]
preset = "bloomberg"
destination = "s3://fund-data"
sftp = { user = "dl1", use_agent = true }
)");
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_EQ(loaded.settings.providers.at("bbg-eu").sftp.host, "sftp.bloomberg.com");
}

TEST(Load, LetsAProviderRefuseThePresetOfItsName) {
  const Desk desk;
  const Loaded loaded = desk.LoadText(R"([provider.bloomberg]
preset = ""
destination = "s3://fund-data"
sftp = { host = "h", user = "u", use_agent = true }
)");
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.providers.at("bloomberg").provider.inbox, ElementsAre("inbox"));
}

TEST(Load, ReadsTheDesignsExample) {
  Desk desk;
  desk.Write("keys/affirm", "key");
  desk.Write("keys/octo.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----");
  desk.variables["GPG_PASSPHRASE_AFFIRM"] = "secret";
  const Loaded loaded = desk.LoadText(R"([ledger]
url = "sqlite:octo.db"                     # or postgresql://…
[s3]                                       # only where the AWS defaults do not fit
endpoint = "http://127.0.0.1:7070"         # also AWS_ENDPOINT_URL
region = "us-east-1"
path_style = true
[provider.affirm]
preset = "affirm"
sftp = { host = "sftp.example.com", port = 22, user = "fund", private_key = "file:keys/affirm", host_keys = [")" +
                                      std::string(kHostKey) + R"("] }
openpgp = { keys = ["file:keys/octo.asc"], passphrase = "env:GPG_PASSPHRASE_AFFIRM", signature = "optional", integrity = "required" }
destination = "s3://fund-data"             # layout "data/{type}/{provider}/{name}" by default
after = "keep"
schedule = { cron = "*/15 6-20 * * mon-fri", timezone = "America/New_York" }
)");
  EXPECT_THAT(Lines(loaded), IsEmpty());
  const Settings& settings = loaded.settings;
  EXPECT_EQ(settings.ledger_url, "sqlite:" + desk.Path("octo.db"));
  EXPECT_EQ(settings.s3.endpoint, "http://127.0.0.1:7070");
  EXPECT_EQ(settings.s3.region, "us-east-1");
  EXPECT_TRUE(settings.s3.path_style);
  const ProviderSettings& affirm = settings.providers.at("affirm");
  EXPECT_EQ(affirm.sftp.private_key, desk.Path("keys/affirm"));
  EXPECT_EQ(affirm.openpgp.passphrase.Reveal(), "secret");
  EXPECT_THAT(affirm.openpgp.keys,
              ElementsAre(OpenPgpSettings::Keys{OpenPgpSettings::Keys::Kind::kFile,
                                                desk.Path("keys/octo.asc")}));
  EXPECT_FALSE(affirm.openpgp.keys_assumed);
  EXPECT_EQ(affirm.schedule.cron, "*/15 6-20 * * mon-fri");
  EXPECT_EQ(affirm.schedule.timezone, "America/New_York");
}

TEST(Load, ReadsThePublishedExampleWithoutFindings) {
  Desk desk;
  for (const char* key : {"keys/affirm", "keys/octo.asc", "keys/acme.asc"}) desk.Write(key, "key");
  desk.variables["GPG_PASSPHRASE_AFFIRM"] = "secret";
  desk.variables["SFTP_PASSWORD_BLOOMBERG"] = "secret";
  desk.variables["SERVER_ENV"] = "dev";
  const Loaded loaded = desk.LoadText(ReadAll(OCTO_SOURCE_DIR "/docs/examples/octo.toml"));
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.providers, testing::SizeIs(3));
  const ProviderSettings& acme = loaded.settings.providers.at("acme");
  EXPECT_EQ(acme.sftp.bytes_per_second, 10'000'000U);
  EXPECT_EQ(acme.sftp.connect_timeout, std::chrono::seconds(60));
  EXPECT_EQ(acme.sftp.socks_proxy, "");
  EXPECT_EQ(acme.sftp.algorithms.host_keys, "ssh-rsa");
  EXPECT_EQ(acme.provider.settle, std::chrono::minutes(5));
  EXPECT_EQ(acme.provider.incomplete_deadline, std::chrono::hours(6));
  EXPECT_EQ(acme.provider.after, provider::After::kMove);
  EXPECT_EQ(acme.provider.on_new_version, provider::OnNewVersion::kReplace);
  EXPECT_EQ(acme.provider.destination, "file://" + desk.Path("landed"));
  EXPECT_EQ(acme.openpgp.signature, OpenPgpSettings::Signature::kRequired);
  EXPECT_THAT(acme.openpgp.signers, ElementsAre("0123456789ABCDEF0123456789ABCDEF01234567"));
  EXPECT_EQ(loaded.settings.providers.at("bloomberg").sftp.pipeline,
            SftpSettings::Pipeline::kGentle);
  EXPECT_EQ(loaded.settings.memory_budget_bytes, 256U << 20);
}

TEST(Load, FindsItsFileInOrder) {
  Desk desk;
  const auto with_level = [](const char* level) {
    return std::string("log.level = \"") + level + "\"\n";
  };
  LoadOptions options = desk.Options();
  desk.Write("etc/octo.toml", with_level("error"));
  EXPECT_EQ(Load(options).settings.log_level, log::Level::kError);
  desk.Write("octo.toml", with_level("warning"));
  EXPECT_EQ(Load(options).settings.log_level, log::Level::kWarning);
  desk.variables["OCTO_CONFIG"] = desk.Write("named.toml", with_level("off"));
  EXPECT_EQ(Load(options).settings.log_level, log::Level::kOff);
  options.file = desk.Write("given.toml", with_level("debug"));
  EXPECT_EQ(Load(options).settings.log_level, log::Level::kDebug);
}

TEST(Load, ReportsAFileThatIsNotThere) {
  const Desk desk;
  LoadOptions options = desk.Options();
  options.file = desk.Path("missing.toml");
  EXPECT_THAT(Lines(Load(options)), ElementsAre(HasSubstr("No such file")));
  options.file = desk.Path("");
  EXPECT_TRUE(HasErrors(Load(options).findings));
}

TEST(Load, LooksAtOneProviderOnlyWhereAsked) {
  const Desk desk;
  desk.Write("octo.toml",
             std::string(kAcme) + "[provider.other]\nsetle = 1\nsftp.password = \"env:NOT_SET\"\n");
  LoadOptions options = desk.Options();
  EXPECT_TRUE(HasErrors(Load(options).findings));
  options.only_provider = "acme";
  const Loaded loaded = Load(options);
  EXPECT_THAT(Lines(loaded), IsEmpty());
  EXPECT_THAT(loaded.settings.providers, testing::SizeIs(1));
}

TEST(Load, UsesPathsInUrlsOnlyWithAnEndpoint) {
  Desk desk;
  EXPECT_FALSE(desk.LoadEnvironment().settings.s3.path_style);
  desk.variables["AWS_ENDPOINT_URL"] = "http://127.0.0.1:7070";
  const Loaded loaded = desk.LoadEnvironment();
  EXPECT_TRUE(loaded.settings.s3.path_style);
  EXPECT_EQ(Effective(loaded, "s3.endpoint"),
            "\"http://127.0.0.1:7070\" <environment AWS_ENDPOINT_URL>");
}

TEST(Load, TakesAVariableThatIsSetToNothingAsNotSet) {
  Desk desk;
  desk.variables["SFTP_PORT_ACME"] = "";
  EXPECT_EQ(Effective(desk.LoadText(kAcme), "provider.acme.sftp.port"), "22 <default>");
}

TEST(Load, NamesTheVariableOfAWrongValue) {
  Desk desk;
  desk.variables["SFTP_PORT_ACME"] = "ssh";
  EXPECT_THAT(Lines(desk.LoadText(kAcme)), ElementsAre(HasSubstr("environment SFTP_PORT_ACME")));
}

TEST(Load, NeverThrowsWhateverTheFileHolds) {
  const Desk desk;
  const std::string example = ReadAll(OCTO_SOURCE_DIR "/docs/examples/octo.toml");
  std::mt19937 random(7);
  for (int i = 0; i < 300; ++i) {
    std::string text = example;
    for (int change = 0; change < 3; ++change) {
      const size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random());
      } else {
        text.erase(at, random() % 20);
      }
    }
    EXPECT_NO_THROW(desk.LoadText(text)) << text;
  }
}

TEST(ShowConfiguration, NamesEveryValueAndWhereItComesFrom) {
  Desk desk;
  desk.variables["SFTP_PASSWORD_ACME"] = "the-password";
  const std::string shown = ShowConfiguration(
      desk.LoadText(R"(ledger.url = "postgresql://octo:the-database@db/octo?password=the-other"
[provider.acme]
destination = "s3://fund-data"
sftp = { host = "sftp.acme.example", user = "fund", key_passphrase = "the-literal" }
openpgp = { keys = ["gnupg:"], passphrase = "command:pass show the-argument" }
)"));
  EXPECT_THAT(shown, HasSubstr("provider.acme.sftp.port = 22  # default\n"));
  EXPECT_THAT(
      shown, HasSubstr("provider.acme.sftp.user = \"fund\"  # " + desk.Path("octo.toml") + ":4\n"));
  EXPECT_THAT(shown, HasSubstr("provider.acme.sftp.password = \"env:SFTP_PASSWORD_ACME\"  # "
                               "environment SFTP_PASSWORD_ACME\n"));
  EXPECT_THAT(shown, HasSubstr("provider.acme.sftp.key_passphrase = \"********\""));
  EXPECT_THAT(shown, HasSubstr("provider.acme.openpgp.passphrase = \"command:pass …\""));
  EXPECT_THAT(shown,
              HasSubstr("ledger.url = \"postgresql://octo:********@db/octo?password=********\""));
  EXPECT_THAT(shown, HasSubstr("# provider.acme.marker is not set\n"));
  for (const char* secret :
       {"the-password", "the-database", "the-other", "the-literal", "the-argument"}) {
    EXPECT_THAT(shown, testing::Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace octo::config
