#include "config/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/testing.h"

namespace octo::config {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

// What is found in a provider "x" that is right but for `more`, which starts at line 4.
std::vector<std::string> FoundWith(const Desk& desk, const std::string& more) {
  return Lines(desk.LoadText(R"([provider.x]
destination = "s3://fund-data"
sftp = { host = "sftp.example.com", user = "fund", use_agent = true }
)" + more));
}

std::vector<std::string> FoundWith(const std::string& more) { return FoundWith(Desk(), more); }

TEST(ConfigCheck, FindsNothingWrongInARightFile) { EXPECT_THAT(FoundWith(""), IsEmpty()); }

TEST(ConfigCheck, ReportsEveryMistakeAtOnceWithItsLine) {
  const Desk desk;
  const Loaded loaded = desk.LoadText(R"([ledger]
urll = "sqlite:octo.db"
[provider.affirm]
preset = "afirm"
inlcude = ["*.csv"]
settle = 60
layout = "data/{typ}/{name}"
name_pattern = "(tape"
after = "keeep"
exclude = ["[a"]
[provider.affirm.sftp]
port = 70000
user = 7
password = "env:NOT_SET"
private_key = "file:missing"
host_keys = ["ssh-ed25519 nonsense"]
)");
  EXPECT_THAT(
      Lines(loaded),
      ElementsAre(
          AllOf(StartsWith("2 error ledger.urll: unknown key"), HasSubstr("ledger.url?")),
          AllOf(StartsWith("3 error provider.affirm.destination: is missing"),
                HasSubstr("S3_BUCKET_AFFIRM")),
          AllOf(StartsWith("4 error provider.affirm.preset: there is no preset"),
                HasSubstr("\"affirm\"?")),
          AllOf(StartsWith("5 error provider.affirm.inlcude: unknown key"),
                HasSubstr("provider.affirm.include?")),
          AllOf(StartsWith("6 error provider.affirm.settle: needs a unit"), HasSubstr("\"60s\"")),
          StartsWith("8 error provider.affirm.name_pattern: The name pattern \"(tape\""),
          AllOf(StartsWith("9 error provider.affirm.after: must be \"keep\""),
                HasSubstr("move:archive")),
          AllOf(StartsWith("10 error provider.affirm.exclude: the pattern \"[a\""),
                HasSubstr("not closed")),
          AllOf(StartsWith("11 error provider.affirm.sftp.host: is missing"),
                HasSubstr("SFTP_HOSTNAME_AFFIRM")),
          AllOf(StartsWith("12 error provider.affirm.sftp.port: must be an integer from 1 to "
                           "65535, but is 70000")),
          AllOf(
              StartsWith("13 error provider.affirm.sftp.user: must be a text, but is an integer")),
          AllOf(StartsWith("14 error provider.affirm.sftp.password: "),
                HasSubstr("NOT_SET is not set")),
          AllOf(StartsWith("15 error provider.affirm.sftp.private_key: "),
                HasSubstr("No such file")),
          AllOf(StartsWith("16 error provider.affirm.sftp.host_keys: "),
                HasSubstr("cut off or damaged"))));
  for (const Finding& finding : loaded.findings) EXPECT_EQ(finding.file, desk.Path("octo.toml"));
  EXPECT_TRUE(HasErrors(loaded.findings));
}

TEST(ConfigCheck, PlacesASyntaxErrorByLineAndColumn) {
  const Desk desk;
  const Loaded loaded = desk.LoadText("[ledger]\nurl = \n");
  ASSERT_EQ(loaded.findings.size(), 1U);
  EXPECT_EQ(loaded.findings[0].line, 2);
  EXPECT_GT(loaded.findings[0].column, 1);
  EXPECT_THAT(FormatFinding(loaded.findings[0]), StartsWith(desk.Path("octo.toml") + ":2:"));
  EXPECT_THAT(Lines(desk.LoadText("a = 1\na = 2\n")), ElementsAre(HasSubstr("is not TOML")));
}

TEST(ConfigCheck, ReportsAWrongTableOnce) {
  EXPECT_THAT(FoundWith("[s4]\nregion = \"x\"\n[s4.more]\na = 1\n"),
              ElementsAre(AllOf(HasSubstr("s4: unknown key"), HasSubstr("s3?"))));
  EXPECT_THAT(
      FoundWith("[providers.y]\ninbox = \"in\"\n"),
      ElementsAre(AllOf(HasSubstr("providers: unknown key"), HasSubstr("did you mean provider?"))));
}

TEST(ConfigCheck, TellsTablesFromValues) {
  EXPECT_THAT(FoundWith("openpgp = \"keys\"\n"),
              ElementsAre(AllOf(HasSubstr("provider.x.openpgp: must be a table, but is a text"),
                                HasSubstr("[provider.x.openpgp]"))));
  EXPECT_THAT(FoundWith("inbox = { a = 1 }\n"),
              ElementsAre(HasSubstr("provider.x.inbox: must be a value, but is a table")));
  EXPECT_THAT(Lines(Desk().LoadText("provider = 1\n")), ElementsAre(HasSubstr("must be a table")));
  EXPECT_THAT(Lines(Desk().LoadText("[provider]\nx = 1\n")),
              ElementsAre(HasSubstr("must be a table")));
}

TEST(ConfigCheck, FindsTheTableWhereAKeyBelongs) {
  EXPECT_THAT(FoundWith("private_key = \"id\"\n"),
              ElementsAre(HasSubstr("did you mean provider.x.sftp.private_key?")));
}

TEST(ConfigCheck, RefusesNamesThatNoProviderCanHave) {
  EXPECT_THAT(Lines(Desk().LoadText("[provider.\"a b\"]\n")),
              testing::Contains(HasSubstr("can't be a provider's name")));
  EXPECT_THAT(Lines(Desk().LoadText("[provider.\"a/b\"]\n")),
              testing::Contains(HasSubstr("can't be a provider's name")));
}

TEST(ConfigCheck, ChecksTypesAndRanges) {
  EXPECT_THAT(FoundWith("allow_empty = \"yes\"\n"),
              ElementsAre(AllOf(HasSubstr("must be true or false, but is a text"),
                                HasSubstr("allow_empty = true"))));
  EXPECT_THAT(FoundWith("parallel_files = \"4\"\n"),
              ElementsAre(HasSubstr("must be an integer from 1 to 64, but is a text")));
  EXPECT_THAT(FoundWith("parallel_files = 0\n"), ElementsAre(HasSubstr("from 1 to 64, but is 0")));
  EXPECT_THAT(FoundWith("parallel_files = 1.5\n"),
              ElementsAre(HasSubstr("a number with a fraction")));
  EXPECT_THAT(FoundWith("settle = \"25h\"\n"),
              ElementsAre(HasSubstr("from 0s to 24h, but is \"25h\"")));
  EXPECT_THAT(FoundWith("settle = \"soon\"\n"), ElementsAre(HasSubstr("must be a duration")));
  EXPECT_THAT(FoundWith("settle = 2026-05-01\n"), ElementsAre(HasSubstr("a date or time")));
  EXPECT_THAT(FoundWith("include = [\"a\", 1]\n"),
              ElementsAre(HasSubstr("a list of other things than texts")));
  EXPECT_THAT(FoundWith("sftp.bytes_per_second = 1\n").size(), 1U)
      << "the table is closed: a syntax error";
  EXPECT_THAT(Lines(Desk().LoadText("memory_budget = \"1 MiB\"\n")),
              ElementsAre(HasSubstr("from 16 MiB to 1 TiB, but is \"1 MiB\"")));
  EXPECT_THAT(Lines(Desk().LoadText("memory_budget = \"lots\"\n")),
              ElementsAre(HasSubstr("must be a size")));
}

TEST(ConfigCheck, ChecksLayoutsAgainstTheirVariables) {
  EXPECT_THAT(FoundWith("layout = \"{provider}/{nmae}\"\n"),
              ElementsAre(AllOf(HasSubstr("{nmae} is no variable"), HasSubstr("{name}?"))));
  EXPECT_THAT(FoundWith("layout = \"{name\"\n"), ElementsAre(HasSubstr("brace")));
  EXPECT_THAT(FoundWith("layout = \"/{name}\"\n"), ElementsAre(HasSubstr("empty part")));
  EXPECT_THAT(FoundWith("layout = \"{provider}/../{name}\"\n"), ElementsAre(HasSubstr("\"..\"")));
  EXPECT_THAT(FoundWith("layout = \"{provider}/{date}\"\n"),
              ElementsAre(HasSubstr("the same key")));
  EXPECT_THAT(FoundWith("keep_raw = \"{kind}/{name}\"\n"),
              ElementsAre(HasSubstr("keep_raw: {kind} is no variable")));
  EXPECT_THAT(FoundWith("keep_raw = \"data/{type}/{provider}/{name}\"\n"),
              ElementsAre(HasSubstr("the same as layout")));
  EXPECT_THAT(FoundWith("name_pattern = '(?<kind>[a-z]+).*'\nkeep_raw = \"{kind}/{1}/{name}\"\n"),
              IsEmpty());
}

TEST(ConfigCheck, ChecksPlaces) {
  EXPECT_THAT(Lines(Desk().LoadText("ledger.url = \"octo.db\"\n")),
              ElementsAre(HasSubstr("no place of a ledger")));
  EXPECT_THAT(Lines(Desk().LoadText("s3.endpoint = \"localhost:7070\"\n")),
              ElementsAre(HasSubstr("no http:// or https:// address")));
  EXPECT_THAT(Lines(Desk().LoadText("s3.kms_key_id = \"k\"\n")), ElementsAre(HasSubstr("aws:kms")));
  const std::string login = "sftp = { host = \"h\", user = \"u\", use_agent = true }\n";
  EXPECT_THAT(Lines(Desk().LoadText("[provider.x]\ndestination = \"fund-data\"\n" + login)),
              ElementsAre(HasSubstr("neither a bucket nor a folder")));
}

TEST(ConfigCheck, WarnsOfAPasswordInTheLedgersUrlWithoutRepeatingIt) {
  EXPECT_THAT(Lines(Desk().LoadText("ledger.url = \"postgresql://octo:hidden@db/octo\"\n")),
              ElementsAre(AllOf(HasSubstr("warning"), HasSubstr("password"),
                                testing::Not(HasSubstr("hidden")))));
}

TEST(ConfigCheck, ChecksTheServer) {
  const auto with = [](const std::string& sftp) {
    return Lines(Desk().LoadText("[provider.x]\ndestination = \"s3://fund-data\"\nsftp = { " +
                                 sftp + " }\n"));
  };
  EXPECT_THAT(with(R"(user = "u", use_agent = true)"),
              ElementsAre(HasSubstr("sftp.host: is missing")));
  EXPECT_THAT(with(R"(host = "h", use_agent = true)"),
              ElementsAre(HasSubstr("sftp.user: is missing")));
  EXPECT_THAT(with(R"(host = "h", user = "u")"),
              ElementsAre(HasSubstr("every other way to log in")));
  EXPECT_THAT(with(R"(host = "sftp://h", user = "u", use_agent = true)"),
              ElementsAre(HasSubstr("not a url")));
  EXPECT_THAT(with(R"(host = "-oProxyCommand=x", user = "u", use_agent = true)"),
              ElementsAre(HasSubstr("is no host")));
  EXPECT_THAT(with(R"(host = "h", user = "-u", use_agent = true)"),
              ElementsAre(HasSubstr("no account's name")));
  EXPECT_THAT(with(R"(host = "h", user = "u", use_agent = true, proxy_jump = "-x")"),
              ElementsAre(HasSubstr("is no server")));
  EXPECT_THAT(with(R"(host = "h", user = "u", use_agent = true, socks_proxy = "x:99999")"),
              ElementsAre(HasSubstr("address of a proxy")));
  EXPECT_THAT(
      with(R"(host = "h", user = "u", use_agent = true, socks_proxy = "x:1", proxy_jump = "g")"),
      ElementsAre(HasSubstr("together")));
  EXPECT_THAT(with(R"(host = "h", user = "u", use_agent = true, algorithms = { kex = "a b" })"),
              ElementsAre(HasSubstr("list of algorithms")));
  EXPECT_THAT(with(R"(host = "h", user = "u", use_agent = true, known_hosts = "missing")"),
              ElementsAre(HasSubstr("No such file")));
}

TEST(ConfigCheck, AcceptsAProviderForIngestOnlyWithAWarning) {
  EXPECT_THAT(Lines(Desk().LoadText("[provider.x]\ndestination = \"file:out\"\n")),
              ElementsAre(AllOf(StartsWith("1 warning"), HasSubstr("octo ingest"))));
}

TEST(ConfigCheck, ChecksKeysThatBelongTogether) {
  EXPECT_THAT(FoundWith("after = \"move\"\n"), ElementsAre(HasSubstr("move:archive")));
  EXPECT_THAT(FoundWith("after = \"move:\"\n"), ElementsAre(HasSubstr("move:archive")));
  EXPECT_THAT(FoundWith("after = \"move:../x\"\n"), ElementsAre(HasSubstr("below the inbox")));
  EXPECT_THAT(FoundWith("after = \"move:done/today\"\n"), IsEmpty());
  EXPECT_THAT(FoundWith("openpgp.signature = \"required\"\n"),
              ElementsAre(HasSubstr("openpgp.keys: is missing")));
  EXPECT_THAT(FoundWith("require_detached_signature = true\n"),
              ElementsAre(HasSubstr("openpgp.keys: is missing")));
  EXPECT_THAT(FoundWith("openpgp.signers = [\"0123\"]\n"),
              ElementsAre(HasSubstr("no fingerprint")));
  EXPECT_THAT(FoundWith("openpgp.keys = [\"octo.asc\"]\n"),
              ElementsAre(HasSubstr("no place of keys")));
  EXPECT_THAT(FoundWith("openpgp.keys = [\"gnupg:missing\"]\n"),
              ElementsAre(HasSubstr("no GnuPG home")));
  EXPECT_THAT(FoundWith("marker = \"{name}\"\n"), ElementsAre(HasSubstr("data file itself")));
  EXPECT_THAT(FoundWith("marker = \"{stem}.done\"\n"), ElementsAre(HasSubstr("only variable")));
  EXPECT_THAT(FoundWith("inbox = \"in\\nbox\"\n"), ElementsAre(HasSubstr("control character")));
  EXPECT_THAT(FoundWith("inbox = []\n"), ElementsAre(HasSubstr("names no folder")));
  EXPECT_THAT(FoundWith("schedule = { cron = \"* * *\", timezone = \"Mars\" }\n"),
              ElementsAre(HasSubstr("five fields"), HasSubstr("no time zone")));
}

TEST(ConfigCheck, FindsProvidersThatGetInEachOthersWay) {
  EXPECT_THAT(FoundWith(R"([provider.y]
destination = "s3://fund-data"
sftp = { host = "sftp.example.com", user = "fund", use_agent = true }
)"),
              ElementsAre(AllOf(StartsWith("4 warning provider.y.inbox"),
                                HasSubstr("same as that of provider x"))));
  EXPECT_THAT(FoundWith(R"(layout = "{name}"
[provider.y]
destination = "s3://fund-data"
layout = "{name}"
sftp = { host = "other", user = "fund", use_agent = true }
)"),
              ElementsAre(AllOf(StartsWith("7 error provider.y.layout"),
                                HasSubstr("same folder as provider x"))));
  EXPECT_THAT(FoundWith(R"([provider.X]
destination = "s3://fund-data"
sftp = { host = "other", user = "fund", use_agent = true }
)"),
              ElementsAre(AllOf(HasSubstr("warning"), HasSubstr("_X"))));
}

TEST(ConfigCheck, WarnsOfSecretsThatOthersCanRead) {
  const Desk desk;
  desk.Write("password", "secret\n");
  desk.SetMode("password", 0644);
  desk.Write("id", "key");
  desk.SetMode("id", 0640);
  desk.Write("octo.asc", "-----BEGIN PGP PRIVATE KEY BLOCK-----\n");
  desk.SetMode("octo.asc", 0644);
  desk.Write("vendor.asc", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n");
  desk.SetMode("vendor.asc", 0644);
  const Loaded loaded = desk.LoadText(R"([provider.x]
destination = "s3://fund-data"
[provider.x.sftp]
host = "h"
user = "u"
password = "file:password"
private_key = "id"
[provider.x.openpgp]
keys = ["file:octo.asc", "file:vendor.asc"]
)");
  EXPECT_THAT(Lines(loaded), ElementsAre(AllOf(StartsWith("6 warning"), HasSubstr("mode 0644"),
                                               HasSubstr("chmod 600")),
                                         AllOf(StartsWith("7 warning"), HasSubstr("mode 0640")),
                                         AllOf(StartsWith("9 warning"), HasSubstr("octo.asc"))));
  EXPECT_FALSE(HasErrors(loaded.findings));
  EXPECT_EQ(loaded.settings.providers.at("x").sftp.password.Reveal(), "secret");
}

TEST(ConfigCheck, WarnsOfASecretInTheFileAndNeverRepeatsIt) {
  const auto lines = FoundWith("openpgp.passphrase = \"hunter2\"\n");
  EXPECT_THAT(lines, ElementsAre(AllOf(StartsWith("4 warning"), HasSubstr("env:NAME"),
                                       testing::Not(HasSubstr("hunter2")))));
  EXPECT_THAT(FoundWith("openpgp.passphrase = [\"hunter2\"]\n"),
              ElementsAre(AllOf(HasSubstr("error"), testing::Not(HasSubstr("hunter2")))));
}

TEST(FormatFinding, IsOneLineWithPlaceKeyAndAdvice) {
  EXPECT_EQ(FormatFinding({Severity::kError, "octo.toml", 12, 0, "provider.x.after", "is wrong",
                           "did you mean \"keep\"?"}),
            "octo.toml:12: error: provider.x.after: is wrong (did you mean \"keep\"?)");
  EXPECT_EQ(FormatFinding({Severity::kWarning, "", 0, 0, "s3.region", "is odd", ""}),
            "warning: s3.region: is odd");
}

}  // namespace
}  // namespace octo::config
