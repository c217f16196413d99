#include "openpgp/key_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "openpgp/gpg_test.h"
#include "openpgp/rnp_decryptor.h"
#include "process/run_to_end.h"

namespace octo::openpgp {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Error FailureOf(const std::vector<KeySource>& sources) {
  try {
    KeyRing ring(sources);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::kBug, ErrorScope::kProcess, "test", "it did not fail");
}

TEST(KeyRing, ListsKeysWithWhatTheyAreAndCanDo) {
  Gpg& gpg = Gpg::Instance();
  const auto keys = gpg.All().Keys();
  const auto find = [&keys](const std::string& fingerprint) {
    return *std::ranges::find(keys, fingerprint, &KeyInfo::fingerprint);
  };
  const KeyInfo primary = find(gpg.Fingerprint("locked@test"));
  EXPECT_THAT(primary.user_ids, Contains("locked@test"));
  EXPECT_EQ(primary.algorithm, "RSA 3072");
  EXPECT_FALSE(primary.is_subkey);
  EXPECT_TRUE(primary.can_sign);
  EXPECT_TRUE(primary.has_secret);
  EXPECT_TRUE(primary.unlocked);
  EXPECT_FALSE(primary.expires);
  EXPECT_TRUE(primary.created);
  const KeyInfo subkey = find(gpg.EncryptionFingerprint("curve@test"));
  EXPECT_EQ(subkey.algorithm, "cv25519");
  EXPECT_TRUE(subkey.is_subkey);
  EXPECT_EQ(subkey.primary_fingerprint, gpg.Fingerprint("curve@test"));
  EXPECT_TRUE(subkey.can_encrypt);
  EXPECT_FALSE(subkey.can_sign);
  EXPECT_EQ(find(gpg.Fingerprint("curve@test")).algorithm, "ed25519");
  EXPECT_EQ(find(gpg.EncryptionFingerprint("nist@test")).algorithm, "NIST P-256");
  EXPECT_EQ(FormatDate(*find(gpg.EncryptionFingerprint("expired@test")).expires), "2020-12-31");
}

TEST(KeyRing, TellsTheStateOfAKeyAtAnyTime) {
  Gpg& gpg = Gpg::Instance();
  const KeyRing ring({gpg.Exported({"--export", "expired@test"})});
  const KeyInfo* const key = ring.Find(gpg.EncryptionFingerprint("expired@test"));
  ASSERT_NE(key, nullptr);
  EXPECT_EQ(ring.State(*key, *ParseTime("2020-06-01T00:00:00Z")), "valid");
  EXPECT_EQ(ring.State(*key, *ParseTime("2021-01-01T00:00:00Z")), "expired 2020-12-31");
}

TEST(KeyRing, ReadsArmoredAndPublicKeys) {
  Gpg& gpg = Gpg::Instance();
  const KeyRing ring({gpg.Exported({"--armor", "--export", "curve@test", "rsa@test"})});
  EXPECT_EQ(ring.keys().size(), 4u);
  EXPECT_FALSE(ring.keys()[0].has_secret);
  EXPECT_TRUE(ring.decryption_keys().empty());
  const KeyRing secret({gpg.Exported({"--armor", "--export-secret-keys", "curve@test"})});
  EXPECT_EQ(secret.decryption_keys().size(), 1u);
}

TEST(KeyRing, PrefersTheSecretHalfWhereverItComesFrom) {
  Gpg& gpg = Gpg::Instance();
  const auto open = gpg.Exported({"--export", "curve@test"});
  const auto secret = gpg.Exported({"--export-secret-keys", "curve@test"});
  for (const auto& sources :
       {std::vector<KeySource>{open, secret}, std::vector<KeySource>{secret, open}}) {
    const KeyRing ring(sources);
    EXPECT_EQ(ring.keys().size(), 2u);
    EXPECT_TRUE(ring.keys()[1].unlocked);
    EXPECT_EQ(ring.decryption_keys().size(), 1u);
  }
}

TEST(KeyRing, AWrongOrMissingPassphraseIsDenied) {
  Gpg& gpg = Gpg::Instance();
  KeySource source = gpg.AllKeys()[1];
  for (const char* passphrase : {"", "wrong horse"}) {
    source.passphrase = Secret(passphrase);
    const Error error = FailureOf({source});
    EXPECT_EQ(error.kind, ErrorKind::kDenied) << error.message;
    EXPECT_THAT(error.message, HasSubstr(gpg.EncryptionFingerprint("locked@test").substr(24)));
    EXPECT_THAT(Describe(error), Not(HasSubstr("wrong horse")));
  }
}

TEST(KeyRing, WithoutThePrimarysSecretTheSubkeyOpens) {
  Gpg& gpg = Gpg::Instance();
  const auto source =
      gpg.Exported({"--pinentry-mode", "loopback", "--passphrase", std::string(Gpg::kPassphrase),
                    "--export-secret-subkeys", "locked@test"},
                   Secret(std::string(Gpg::kPassphrase)));
  const auto decryptor = MakeRnpDecryptor({source}, {});
  EXPECT_EQ(Open(*decryptor, gpg.Message({"-r", "locked@test", "-e"}, "hello")).plaintext, "hello");
  EXPECT_FALSE(decryptor->Keys()[0].has_secret);
  EXPECT_TRUE(decryptor->Keys()[1].unlocked);
}

TEST(KeyRing, AFileThatIsMissingOrHoldsNoKeyIsAMistakeOfTheConfiguration) {
  Gpg& gpg = Gpg::Instance();
  const Error missing = FailureOf({{KeySource::Kind::kFile, "/nowhere/key.asc", {}}});
  EXPECT_EQ(missing.kind, ErrorKind::kUsage);
  EXPECT_THAT(missing.message, HasSubstr("/nowhere/key.asc"));
  EXPECT_THAT(missing.message, HasSubstr("No such file"));
  for (const char* content :
       {"", "no key at all", "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n"}) {
    const Error empty = FailureOf({{KeySource::Kind::kFile, gpg.NewFile(content).string(), {}}});
    EXPECT_EQ(empty.kind, ErrorKind::kUsage) << content;
    EXPECT_THAT(empty.message, HasSubstr("holds no OpenPGP key"));
  }
  EXPECT_EQ(FailureOf({{KeySource::Kind::kFile, "/tmp", {}}}).kind, ErrorKind::kUsage);
}

// A home of its own with the keys given.
class GnupgHome : public ::testing::Test {
 protected:
  GnupgHome() {
    std::string pattern = "/tmp/octo-gpg-XXXXXX";
    home_ = mkdtemp(pattern.data());
  }
  ~GnupgHome() override {
    process::RunToEnd({"gpgconf", "--homedir", home_, "--kill", "gpg-agent"}, {},
                      std::chrono::seconds(20), {});
    std::filesystem::remove_all(home_);
  }
  void Import(const KeySource& keys) {
    const auto result =
        process::RunToEnd({"gpg", "--homedir", home_, "--batch", "--pinentry-mode", "loopback",
                           "--passphrase", keys.passphrase.Reveal(), "--import", keys.location},
                          {}, std::chrono::seconds(60), {});
    ASSERT_EQ(result.exit_code, 0) << result.err;
  }
  void StopAgent() {
    process::RunToEnd({"gpgconf", "--homedir", home_, "--kill", "gpg-agent"}, {},
                      std::chrono::seconds(20), {});
  }
  bool AgentRuns() const {
    const auto result =
        process::RunToEnd({"gpg-connect-agent", "--homedir", home_, "--no-autostart", "/bye"}, {},
                          std::chrono::seconds(20), {});
    return result.err.find("no gpg-agent running") == std::string::npos && result.exit_code == 0;
  }
  KeySource Source(const std::string& passphrase = "") const {
    return {KeySource::Kind::kGnupgHome, home_, Secret(passphrase)};
  }
  std::string home_;
};

TEST_F(GnupgHome, GivesItsKeysAndLeavesNoAgentBehind) {
  Gpg& gpg = Gpg::Instance();
  Import(gpg.AllKeys()[1]);
  StopAgent();
  const auto decryptor = MakeRnpDecryptor({Source(std::string(Gpg::kPassphrase))}, {});
  EXPECT_FALSE(AgentRuns());
  EXPECT_EQ(Open(*decryptor, gpg.Message({"-r", "locked@test", "-e"}, "hello")).plaintext, "hello");
}

TEST_F(GnupgHome, LeavesAnAgentAloneThatWasRunning) {
  Import(Gpg::Instance().Exported({"--export-secret-keys", "curve@test"}));
  process::RunToEnd({"gpg-connect-agent", "--homedir", home_, "/bye"}, {}, std::chrono::seconds(20),
                    {});
  ASSERT_TRUE(AgentRuns());
  const KeyRing ring({Source()});
  EXPECT_TRUE(AgentRuns());
  EXPECT_EQ(ring.decryption_keys().size(), 1u);
}

TEST_F(GnupgHome, WithPublicKeysOnlyGivesThose) {
  Import(Gpg::Instance().Exported({"--export", "signer@test"}));
  StopAgent();
  const KeyRing ring({Source()});
  ASSERT_EQ(ring.keys().size(), 1u);
  EXPECT_FALSE(ring.keys()[0].has_secret);
  EXPECT_FALSE(AgentRuns());
}

TEST_F(GnupgHome, WithAWrongPassphraseIsDenied) {
  Import(Gpg::Instance().AllKeys()[1]);
  StopAgent();
  const Error error = FailureOf({Source("wrong horse")});
  EXPECT_EQ(error.kind, ErrorKind::kDenied) << error.message;
  EXPECT_THAT(Describe(error), Not(HasSubstr("wrong horse")));
  EXPECT_FALSE(AgentRuns());
}

TEST_F(GnupgHome, ThatIsEmptyOrMissingIsAMistakeOfTheConfiguration) {
  EXPECT_EQ(FailureOf({Source()}).kind, ErrorKind::kUsage);
  const Error error = FailureOf({{KeySource::Kind::kGnupgHome, "/nowhere/home", {}}});
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_THAT(error.message, HasSubstr("/nowhere/home"));
}

}  // namespace
}  // namespace octo::openpgp
