// Who can open a message, and what is said when nobody can.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "openpgp/craft_test.h"
#include "openpgp/gpg_test.h"
#include "openpgp/rnp_decryptor.h"

namespace octo::openpgp {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string KeyId(const std::string& user) {
  return Gpg::Instance().EncryptionFingerprint(user).substr(24);
}

TEST(Recipients, AreAllReportedAndAnyHeldOneOpens) {
  Gpg& gpg = Gpg::Instance();
  const std::string message =
      gpg.Message({"-r", "stranger@test", "-r", "nist@test", "-r", "rsa@test", "-e"}, "hello");
  const Outcome outcome = Open(gpg.All(), message);
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  ASSERT_EQ(outcome.report.recipients.size(), 3u);
  EXPECT_EQ(outcome.report.recipients[0].key_id, KeyId("stranger@test"));
  EXPECT_FALSE(outcome.report.recipients[0].held);
  EXPECT_TRUE(outcome.report.recipients[1].held);
  EXPECT_TRUE(outcome.report.recipients[2].held);
  EXPECT_EQ(outcome.report.key_used, KeyId("nist@test"));
  EXPECT_EQ(outcome.report.key_state, "valid");
}

TEST(Recipients, WhoAreHiddenAreFoundAmongTheKeys) {
  Gpg& gpg = Gpg::Instance();
  for (const char* user :
       {"rsa@test", "locked@test", "curve@test", "nist@test", "nist521@test", "elgamal@test"}) {
    for (const bool armor : {false, true}) {
      std::vector<std::string> arguments{"-R", user, "-e"};
      if (armor) arguments.insert(arguments.begin(), "--armor");
      const Outcome outcome = Open(gpg.All(), gpg.Message(arguments, "hello"));
      EXPECT_EQ(outcome.error, std::nullopt) << user << ": " << outcome.message;
      EXPECT_EQ(outcome.plaintext, "hello");
      EXPECT_EQ(outcome.report.key_used, KeyId(user));
      ASSERT_EQ(outcome.report.recipients.size(), 1u);
      EXPECT_EQ(outcome.report.recipients[0].key_id, "0000000000000000");
    }
  }
  const Outcome thrown = Open(
      gpg.All(),
      gpg.Message({"--throw-keyids", "-r", "stranger@test", "-r", "curve@test", "-e"}, "hello"));
  EXPECT_EQ(thrown.plaintext, "hello");
}

TEST(Recipients, HiddenOnesWithoutAKeyOfOursAreDenied) {
  Gpg& gpg = Gpg::Instance();
  const Outcome outcome = Open(gpg.All(), gpg.Message({"-R", "stranger@test", "-e"}, "hello"));
  EXPECT_EQ(outcome.error, ErrorKind::kDenied);
  EXPECT_THAT(outcome.message, HasSubstr("a hidden key"));
}

TEST(Recipients, WithoutAKeyOfOursAreDeniedWithTheKeysWantedAndHeld) {
  Gpg& gpg = Gpg::Instance();
  const auto decryptor =
      MakeRnpDecryptor({gpg.Exported({"--export-secret-keys", "curve@test"})}, {});
  const Outcome outcome = Open(*decryptor, gpg.Message({"-r", "stranger@test", "-e"}, "hello"));
  EXPECT_EQ(outcome.error, ErrorKind::kDenied);
  EXPECT_THAT(outcome.message, HasSubstr("encrypted to key " + KeyId("stranger@test")));
  EXPECT_THAT(outcome.message, HasSubstr("held: " + KeyId("curve@test")));
  ASSERT_EQ(outcome.report.recipients.size(), 1u);
  EXPECT_FALSE(outcome.report.recipients[0].held);
}

TEST(Recipients, ADamagedSessionKeyIsNotAMissingKey) {
  Gpg& gpg = Gpg::Instance();
  std::string message = gpg.Message({"-r", "rsa@test", "-e"}, "hello");
  message[100] = static_cast<char>(message[100] ^ 1);
  const Outcome outcome = Open(gpg.All(), message);
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  EXPECT_THAT(outcome.message, HasSubstr(KeyId("rsa@test")));
}

TEST(Recipients, AnExpiredKeyOfOursStillOpensAndIsReported) {
  Gpg& gpg = Gpg::Instance();
  const std::string message =
      gpg.Message({"--faked-system-time", "20200601T000000", "-r", "expired@test", "-e"}, "hello");
  const Outcome outcome = Open(gpg.All(), message);
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  EXPECT_EQ(outcome.plaintext, "hello");
  EXPECT_EQ(outcome.report.key_state, "expired 2020-12-31");
}

TEST(Recipients, OneMessageMayBeReadOnSeveralThreads) {
  Gpg& gpg = Gpg::Instance();
  const std::string text = SampleText(300'000);
  std::vector<std::string> messages;
  for (const char* user : {"rsa@test", "locked@test", "curve@test", "nist@test"}) {
    messages.push_back(gpg.Message({"-r", user, "-u", "signer@test", "-s", "-e"}, text));
  }
  std::vector<std::jthread> threads;
  std::atomic<int> whole = 0;
  for (size_t i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      const Outcome outcome =
          Open(gpg.All(), messages[i % messages.size()], {.signature = SignaturePolicy::kRequired});
      whole += outcome.plaintext == text && !outcome.error;
    });
  }
  threads.clear();
  EXPECT_EQ(whole, 8);
}

TEST(Passphrase, OpensWhatGpgMakesInEveryWay) {
  Gpg& gpg = Gpg::Instance();
  const std::string text = SampleText(100'000);
  for (const std::vector<std::string>& more :
       std::vector<std::vector<std::string>>{{},
                                             {"--armor"},
                                             {"--s2k-mode", "1"},
                                             {"--s2k-mode", "0"},
                                             {"--s2k-digest-algo", "SHA512"},
                                             {"--cipher-algo", "AES128"},
                                             {"--cipher-algo", "3DES"},
                                             {"--cipher-algo", "CAST5"},
                                             {"--cipher-algo", "BLOWFISH"},
                                             {"--cipher-algo", "CAMELLIA256"}}) {
    std::vector<std::string> arguments{"--pinentry-mode", "loopback", "--passphrase",
                                       "open sesame"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.emplace_back("--symmetric");
    const Outcome outcome = Open(gpg.All(), gpg.Message(arguments, text));
    EXPECT_EQ(outcome.error, std::nullopt) << ::testing::PrintToString(more) << outcome.message;
    EXPECT_TRUE(outcome.plaintext == text);
    EXPECT_TRUE(outcome.report.symmetric);
  }
}

TEST(Passphrase, BesideAKeyOpensEither) {
  Gpg& gpg = Gpg::Instance();
  const std::string message = gpg.Message({"--pinentry-mode", "loopback", "--passphrase",
                                           "open sesame", "-r", "curve@test", "--symmetric", "-e"},
                                          "hello");
  EXPECT_EQ(Open(gpg.All(), message).report.key_used, KeyId("curve@test"));
  const auto by_passphrase = MakeRnpDecryptor({}, {Secret("open sesame")});
  EXPECT_EQ(Open(*by_passphrase, message).plaintext, "hello");
  const auto by_neither = MakeRnpDecryptor({}, {});
  EXPECT_EQ(Open(*by_neither, message).error, ErrorKind::kDenied);
}

TEST(Passphrase, OfACipherThatIsNotSupportedIsSaid) {
  Gpg& gpg = Gpg::Instance();
  const std::string message =
      gpg.Message({"--pinentry-mode", "loopback", "--passphrase", "open sesame", "--cipher-algo",
                   "TWOFISH", "--symmetric"},
                  "hello");
  const Outcome outcome = Open(gpg.All(), message);
  EXPECT_EQ(outcome.error, ErrorKind::kPermanent);
  EXPECT_THAT(outcome.message, HasSubstr("Twofish"));
}

std::span<const std::byte> First(const std::string& message, size_t bytes) {
  return std::as_bytes(std::span(message)).first(std::min(bytes, message.size()));
}

TEST(Inspect, TellsTheRecipientsFromTheFirstBytes) {
  Gpg& gpg = Gpg::Instance();
  for (const bool armor : {false, true}) {
    std::vector<std::string> arguments{"-r", "stranger@test", "-r", "rsa@test", "-e"};
    if (armor) arguments.insert(arguments.begin(), "--armor");
    const std::string message = gpg.Message(arguments, SampleText(200'000));
    for (const size_t bytes : {size_t{1000}, size_t{32} << 10}) {
      const Preflight preflight = gpg.All().Inspect(First(message, bytes));
      EXPECT_TRUE(preflight.is_openpgp);
      EXPECT_EQ(preflight.armored, armor);
      EXPECT_FALSE(preflight.symmetric);
      ASSERT_EQ(preflight.recipients.size(), 2u);
      EXPECT_FALSE(preflight.recipients[0].held);
      EXPECT_TRUE(preflight.recipients[1].held);
      EXPECT_EQ(preflight.problem, "");
    }
  }
}

TEST(Inspect, SaysWhichKeyIsWantedAndWhichAreHeld) {
  Gpg& gpg = Gpg::Instance();
  const auto decryptor = MakeRnpDecryptor({gpg.Exported({"--export-secret-keys", "curve@test"}),
                                           gpg.Exported({"--export", "expired@test"})},
                                          {});
  const std::string message =
      gpg.Message({"--faked-system-time", "20200601T000000", "-r", "expired@test", "-e"}, "hello");
  EXPECT_EQ(decryptor->Inspect(First(message, 1000)).problem,
            "encrypted to key " + KeyId("expired@test") +
                " (expired 2020-12-31); held: " + KeyId("curve@test"));
}

TEST(Inspect, SaysThatAPassphraseIsWanted) {
  Gpg& gpg = Gpg::Instance();
  const std::string message = EncryptedMessage(LiteralPacket("hello"));
  EXPECT_TRUE(gpg.All().Inspect(First(message, 1000)).symmetric);
  EXPECT_EQ(gpg.All().Inspect(First(message, 1000)).problem, "");
  const auto none = MakeRnpDecryptor({}, {});
  EXPECT_THAT(none->Inspect(First(message, 1000)).problem,
              HasSubstr("a passphrase (none is configured)"));
}

TEST(Inspect, SaysThatAMessageIsNotEncrypted) {
  Gpg& gpg = Gpg::Instance();
  const std::string message = gpg.Message({"-u", "signer@test", "-s"}, "hello");
  const Preflight preflight = gpg.All().Inspect(First(message, 1000));
  EXPECT_TRUE(preflight.is_openpgp);
  EXPECT_THAT(preflight.problem, HasSubstr("not encrypted"));
}

TEST(Inspect, KnowsWhatIsNoOpenPgp) {
  for (const std::string& text :
       {std::string("id,amount\n1,2\n"), std::string("PK\x03\x04 zip"),
        std::string("\x1F\x8B\x08 gzip"), std::string("\x89PNG\r\n\x1A\n"),
        std::string("\xD0\xCF\x11\xE0\xA1\xB1"), std::string("\xEF\xBB\xBFid,amount"),
        std::string("\xFF\xFEi\0d\0", 6), std::string("\x85"), std::string()}) {
    EXPECT_FALSE(LooksLikeOpenPgp(First(text, 32))) << ::testing::PrintToString(text);
    EXPECT_FALSE(Gpg::Instance().All().Inspect(First(text, 32)).is_openpgp);
  }
}

}  // namespace
}  // namespace octo::openpgp
