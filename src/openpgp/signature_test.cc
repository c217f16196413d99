// What signatures prove, and what each policy makes of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "openpgp/craft_test.h"
#include "openpgp/gpg_test.h"
#include "openpgp/rnp_decryptor.h"
#include "stream/memory_source.h"

namespace octo::openpgp {
namespace {

using ::testing::HasSubstr;
using Verdict = SignatureReport::Verdict;

const Policy kIgnore{.signature = SignaturePolicy::kIgnore};
const Policy kOptional{};
const Policy kRequired{.signature = SignaturePolicy::kRequired};

Policy Pinned(const std::string& user, SignaturePolicy signature = SignaturePolicy::kRequired) {
  return {.signature = signature, .signers = {Gpg::Instance().Fingerprint(user)}};
}

std::string SignedBy(const std::string& user, std::string_view text,
                     std::vector<std::string> more = {}) {
  more.insert(more.end(), {"-r", "curve@test", "-u", user, "-s", "-e"});
  return Gpg::Instance().Message(more, text);
}

// A message as gpg signs it, changed before it was encrypted.
std::string BadlySigned() {
  std::string inside =
      Gpg::Instance().Message({"-u", "signer@test", "-z0", "-s"}, "pay 100 dollars");
  inside.replace(inside.find("100"), 3, "999");
  return EncryptedMessage(inside);
}

Outcome OpenIt(std::string message, const Policy& policy) {
  return Open(Gpg::Instance().All(), std::move(message), policy);
}

TEST(Signature, OfAHeldKeySatisfiesRequired) {
  const Outcome outcome = OpenIt(SignedBy("signer@test", "hello"), kRequired);
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  EXPECT_EQ(outcome.plaintext, "hello");
  ASSERT_EQ(outcome.report.signatures.size(), 1u);
  EXPECT_EQ(outcome.report.signatures[0].verdict, Verdict::kGood);
  EXPECT_TRUE(outcome.report.signatures[0].made);
}

TEST(Signature, OfAPinnedSignerSatisfiesRequired) {
  EXPECT_EQ(OpenIt(SignedBy("signer@test", "hello"), Pinned("signer@test")).error, std::nullopt);
}

TEST(Signature, OfASubkeySatisfiesAPinOfItsPrimaryOrItself) {
  Gpg& gpg = Gpg::Instance();
  gpg.Run({"--passphrase", "", "--quick-gen-key", "sub@test", "ed25519", "cert", "0"});
  gpg.Run(
      {"--passphrase", "", "--quick-add-key", gpg.Fingerprint("sub@test"), "rsa2048", "sign", "0"});
  const auto keys = gpg.Exported({"--export", "sub@test"});
  const auto decryptor = MakeRnpDecryptor({gpg.AllKeys()[0], keys}, {});
  const std::string message = SignedBy("sub@test", "hello");
  for (const auto& signer : {gpg.Fingerprint("sub@test"), gpg.EncryptionFingerprint("sub@test")}) {
    const Outcome outcome =
        Open(*decryptor, message, {.signature = SignaturePolicy::kRequired, .signers = {signer}});
    EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
    ASSERT_EQ(outcome.report.signatures.size(), 1u);
    EXPECT_EQ(outcome.report.signatures[0].fingerprint, gpg.EncryptionFingerprint("sub@test"));
  }
}

TEST(Signature, OfAnotherSignerThanThePinnedIsRefusedWhenRequired) {
  const Outcome outcome = OpenIt(SignedBy("signer@test", "hello"), Pinned("curve@test"));
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  EXPECT_THAT(outcome.message, HasSubstr("not one of the pinned signers"));
  EXPECT_EQ(
      OpenIt(SignedBy("signer@test", "hello"), Pinned("curve@test", SignaturePolicy::kOptional))
          .error,
      std::nullopt);
}

TEST(Signature, MissingIsRefusedOnlyWhenRequired) {
  const std::string message = Gpg::Instance().Message({"-r", "curve@test", "-e"}, "hello");
  EXPECT_EQ(OpenIt(message, kOptional).error, std::nullopt);
  EXPECT_EQ(OpenIt(message, kIgnore).error, std::nullopt);
  const Outcome outcome = OpenIt(message, kRequired);
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  EXPECT_THAT(outcome.message, HasSubstr("not signed"));
}

TEST(Signature, OfAnUnknownSignerIsReportedAndRefusedOnlyWhenRequired) {
  const std::string message = SignedBy("stranger@test", "hello");
  const Outcome optional = OpenIt(message, kOptional);
  EXPECT_EQ(optional.error, std::nullopt) << optional.message;
  ASSERT_EQ(optional.report.signatures.size(), 1u);
  EXPECT_EQ(optional.report.signatures[0].verdict, Verdict::kUnknownSigner);
  EXPECT_EQ(optional.report.signatures[0].key_id,
            Gpg::Instance().Fingerprint("stranger@test").substr(24));
  const Outcome required = OpenIt(message, kRequired);
  EXPECT_EQ(required.error, ErrorKind::kCorrupt);
  EXPECT_THAT(required.message, HasSubstr("whose key is not held"));
}

TEST(Signature, ThatIsBadIsRefusedUnlessIgnored) {
  const std::string message = BadlySigned();
  for (const Policy& policy : {kOptional, kRequired}) {
    const Outcome outcome = OpenIt(message, policy);
    EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
    EXPECT_THAT(outcome.message, HasSubstr("is bad"));
    ASSERT_EQ(outcome.report.signatures.size(), 1u);
    EXPECT_EQ(outcome.report.signatures[0].verdict, Verdict::kBad);
  }
  EXPECT_EQ(OpenIt(message, kIgnore).plaintext, "pay 999 dollars");
}

TEST(Signature, ByTwoIsGoodWhenOneIsPinned) {
  const std::string message = SignedBy("stranger@test", "hello", {"-u", "signer@test"});
  const Outcome outcome = OpenIt(message, Pinned("signer@test"));
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  ASSERT_EQ(outcome.report.signatures.size(), 2u);
  EXPECT_NE(outcome.report.signatures[0].verdict, outcome.report.signatures[1].verdict);
}

TEST(Signature, OfEveryKindOfKeyVerifiesOverMegabytes) {
  const std::string text = SampleText(3'000'000);
  for (const char* user : {"rsa@test", "nist@test", "nist521@test", "curve@test"}) {
    const Outcome outcome = OpenIt(SignedBy(user, text), Pinned(user));
    EXPECT_EQ(outcome.error, std::nullopt) << user << ": " << outcome.message;
    EXPECT_TRUE(outcome.plaintext == text);
  }
}

TEST(Signature, InTextModeVerifies) {
  const Outcome outcome =
      OpenIt(SignedBy("signer@test", "one\ntwo  \r\nthree", {"--textmode"}), kRequired);
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
}

// A signature around a compressed packet, and one in the old place before the data.
TEST(Signature, InOtherPlacesVerifies) {
  Gpg& gpg = Gpg::Instance();
  const std::string whole =
      gpg.MessageOfFile({"-u", "signer@test", "-z0", "--set-filename", "", "-s"}, "hello");
  const size_t one_pass = 2 + 13;
  const size_t literal = whole.find("\xCB", one_pass) == one_pass
                             ? 2 + static_cast<unsigned char>(whole[one_pass + 1])
                             : 2 + static_cast<unsigned char>(whole[16]);
  const std::string start = whole.substr(0, one_pass);
  const std::string data = whole.substr(one_pass, literal);
  const std::string signature = whole.substr(one_pass + literal);
  for (const std::string& inside :
       {start + Packet(8, CompressedPacket(1, data)) + signature, signature + data,
        Packet(8, CompressedPacket(2, start + data + signature)),
        start + start + data + signature + signature}) {
    const Outcome outcome = OpenIt(EncryptedMessage(inside), Pinned("signer@test"));
    EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
    EXPECT_EQ(outcome.plaintext, "hello");
  }
  const Outcome missing = OpenIt(EncryptedMessage(start + data), kOptional);
  EXPECT_EQ(missing.error, ErrorKind::kCorrupt);
  EXPECT_THAT(missing.message, HasSubstr("announces is missing"));
}

TEST(Signature, OfAKeyThatHasExpiredSinceIsGoodAndMadeAfterwardsIsNot) {
  Gpg& gpg = Gpg::Instance();
  const auto sign = [&](const std::string& user, std::vector<std::string> more) {
    more.insert(more.end(), {"-u", user, "-s"});
    return EncryptedMessage(gpg.Message(more, "hello"));
  };
  const Outcome in_time = OpenIt(sign("expired@test", {"--faked-system-time", "20200601T000000"}),
                                 Pinned("expired@test"));
  EXPECT_EQ(in_time.error, std::nullopt) << in_time.message;
  // gpg does not sign with an expired key: a key whose expiry moved into the past.
  gpg.Run({"--faked-system-time", "20200101T000000", "--passphrase", "", "--quick-gen-key",
           "moved@test", "ed25519", "default", "0"});
  const std::string message = sign("moved@test", {});
  gpg.Run({"--faked-system-time", "20200103T000000", "--passphrase", "", "--quick-set-expire",
           gpg.Fingerprint("moved@test"), "1y"});
  const auto keys = gpg.Exported({"--export", "moved@test"});
  const auto decryptor = MakeRnpDecryptor({keys}, {Secret("open sesame")});
  const Outcome late = Open(*decryptor, message, kRequired);
  EXPECT_EQ(late.error, ErrorKind::kCorrupt);
  ASSERT_EQ(late.report.signatures.size(), 1u);
  EXPECT_EQ(late.report.signatures[0].verdict, Verdict::kExpiredKey);
  EXPECT_EQ(Open(*decryptor, message, kOptional).error, std::nullopt);
}

TEST(Signature, OfARevokedKeyDoesNotCount) {
  Gpg& gpg = Gpg::Instance();
  gpg.Run({"--passphrase", "", "--quick-gen-key", "revoked@test", "ed25519", "default", "0"});
  const std::string message = SignedBy("revoked@test", "hello");
  const std::string fingerprint = gpg.Fingerprint("revoked@test");
  std::string certificate = gpg.ReadFile(gpg.home() / "openpgp-revocs.d" / (fingerprint + ".rev"));
  certificate.erase(certificate.find(":-----"), 1);
  gpg.Run({"--import"}, certificate);
  const auto keys = gpg.Exported({"--export", "revoked@test"});
  const auto decryptor = MakeRnpDecryptor({gpg.AllKeys()[0], keys}, {});
  const Outcome outcome = Open(*decryptor, message, kRequired);
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  ASSERT_EQ(outcome.report.signatures.size(), 1u);
  EXPECT_EQ(outcome.report.signatures[0].verdict, Verdict::kRevokedKey);
}

TEST(Signature, NothingIsPrintedAboutBadOrUnknownOnes) {
  const std::string bad = BadlySigned();
  ::testing::internal::CaptureStderr();
  OpenIt(bad, kOptional);
  EXPECT_EQ(::testing::internal::GetCapturedStderr(), "");
}

class Detached : public ::testing::TestWithParam<bool> {
 protected:
  std::string Sign(const std::string& user, const std::string& data) {
    std::vector<std::string> arguments{"-u", user, "--detach-sign"};
    if (GetParam()) arguments.emplace_back("--armor");
    return Gpg::Instance().Message(arguments, data);
  }
  static Outcome Verify(const std::string& data, std::string signature, const Policy& policy) {
    Outcome outcome;
    const auto source =
        Gpg::Instance().All().VerifyDetached(std::make_unique<stream::MemorySource>(data),
                                             std::move(signature), policy, outcome.report, {});
    try {
      outcome.plaintext = stream::ReadAll(*source);
    } catch (const Error& error) {
      outcome.error = error.kind;
      outcome.message = error.message;
    }
    return outcome;
  }
};

TEST_P(Detached, PassesTheDataAndVerifies) {
  const std::string data = SampleText(2'000'000);
  const Outcome outcome = Verify(data, Sign("signer@test", data), Pinned("signer@test"));
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  EXPECT_TRUE(outcome.plaintext == data);
  ASSERT_EQ(outcome.report.signatures.size(), 1u);
  EXPECT_EQ(outcome.report.signatures[0].verdict, Verdict::kGood);
}

TEST_P(Detached, RefusesChangedData) {
  std::string data = SampleText(2'000'000);
  const std::string signature = Sign("signer@test", data);
  data[1'000'000] = static_cast<char>(data[1'000'000] ^ 1);
  EXPECT_EQ(Verify(data, signature, kOptional).error, ErrorKind::kCorrupt);
  EXPECT_EQ(Verify(data.substr(1), signature, kRequired).error, ErrorKind::kCorrupt);
  EXPECT_EQ(Verify(data, signature, kIgnore).error, std::nullopt);
}

TEST_P(Detached, OfAStrangerFollowsThePolicy) {
  const std::string signature = Sign("stranger@test", "hello");
  EXPECT_EQ(Verify("hello", signature, kOptional).error, std::nullopt);
  EXPECT_EQ(Verify("hello", signature, kRequired).error, ErrorKind::kCorrupt);
}

TEST_P(Detached, RefusesWhatIsNoSignature) {
  const std::string signature = Sign("signer@test", "hello");
  EXPECT_EQ(Verify("hello", "", kRequired).error, ErrorKind::kIncomplete);
  EXPECT_EQ(Verify("hello", signature.substr(0, signature.size() / 2), kRequired).error,
            ErrorKind::kIncomplete);
  EXPECT_EQ(Verify("hello", "no signature at all", kRequired).error, ErrorKind::kCorrupt);
  EXPECT_EQ(Verify("hello", LiteralPacket("hello"), kRequired).error, ErrorKind::kCorrupt);
}

INSTANTIATE_TEST_SUITE_P(Form, Detached, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "armored" : "binary"; });

}  // namespace
}  // namespace octo::openpgp
