#include "openpgp/rnp_decryptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "openpgp/craft_test.h"
#include "openpgp/gpg_test.h"
#include "stream/source_contract.h"

namespace octo::openpgp {
namespace {

using ::testing::HasSubstr;

struct Variety {
  std::string key;
  bool armor;
  std::string compression;
  bool sign;
};

class EveryVariety : public ::testing::TestWithParam<Variety> {};

TEST_P(EveryVariety, OpensWithItsTextWhole) {
  const Variety& variety = GetParam();
  const std::string text = SampleText(100'000);
  std::vector<std::string> arguments{"-r", variety.key, "--compress-algo", variety.compression};
  if (variety.armor) arguments.emplace_back("--armor");
  if (variety.sign) arguments.insert(arguments.end(), {"-u", "signer@test", "--sign"});
  if (variety.key == "expired@test")
    arguments.insert(arguments.begin(), {"--faked-system-time", "20200601T000000"});
  arguments.emplace_back("--encrypt");
  Gpg& gpg = Gpg::Instance();
  const std::string message = gpg.Message(arguments, text);
  const Outcome outcome = Open(gpg.All(), message);
  ASSERT_EQ(outcome.error, std::nullopt) << outcome.message;
  EXPECT_TRUE(outcome.plaintext == text);
  EXPECT_EQ(outcome.report.armored, variety.armor);
  EXPECT_EQ(outcome.report.key_used, gpg.EncryptionFingerprint(variety.key).substr(24));
  EXPECT_EQ(outcome.report.integrity, "mdc");
  EXPECT_EQ(outcome.report.ciphertext_bytes, message.size());
  EXPECT_EQ(outcome.report.plaintext_bytes, text.size());
  ASSERT_EQ(outcome.report.signatures.size(), variety.sign ? 1u : 0u);
  if (variety.sign) {
    EXPECT_EQ(outcome.report.signatures[0].verdict, SignatureReport::Verdict::kGood);
    EXPECT_EQ(outcome.report.signatures[0].fingerprint, gpg.Fingerprint("signer@test"));
  }
}

std::vector<Variety> Varieties() {
  std::vector<Variety> varieties;
  for (const char* key :
       {"rsa@test", "locked@test", "curve@test", "nist@test", "nist521@test", "elgamal@test"}) {
    for (const char* compression : {"none", "zip", "zlib", "bzip2"}) {
      for (const bool armor : {false, true}) {
        for (const bool sign : {false, true}) varieties.push_back({key, armor, compression, sign});
      }
    }
  }
  return varieties;
}

INSTANTIATE_TEST_SUITE_P(Messages, EveryVariety, ::testing::ValuesIn(Varieties()),
                         [](const auto& test) {
                           const Variety& v = test.param;
                           return v.key.substr(0, v.key.find('@')) + "_" + v.compression +
                                  (v.armor ? "_armored" : "_binary") +
                                  (v.sign ? "_signed" : "_unsigned");
                         });

using stream::SourceCase;

SourceCase Case(std::string name, std::function<std::string(const std::string&)> encode,
                size_t stride) {
  return {.name = std::move(name),
          .encode = std::move(encode),
          .open =
              [](auto wire, const auto& context) {
                static MessageReport report;
                return Gpg::Instance().All().Decrypt(std::move(wire), {}, report, context);
              },
          .notices_truncation = true,
          .stride = stride};
}

std::vector<SourceCase> Cases() {
  const auto made_by_gpg = [](std::vector<std::string> arguments) {
    return
        [arguments](const std::string& plain) { return Gpg::Instance().Message(arguments, plain); };
  };
  return {Case(
              "Crafted",
              [](const std::string& plain) { return EncryptedMessage(LiteralPacket(plain)); }, 1),
          Case("Curve", made_by_gpg({"-r", "curve@test", "-e"}), 7),
          Case("Armored", made_by_gpg({"-r", "curve@test", "--armor", "-e"}), 7),
          Case("Signed", made_by_gpg({"-r", "curve@test", "-u", "signer@test", "-s", "-e"}), 29)};
}

}  // namespace
}  // namespace octo::openpgp

namespace octo::stream {

INSTANTIATE_TEST_SUITE_P(Decryption, SourceContract, testing::ValuesIn(openpgp::Cases()),
                         [](const auto& test) { return test.param.name; });

}  // namespace octo::stream
