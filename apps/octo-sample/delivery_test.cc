#include "delivery.h"

#include <gmock/gmock.h>
#include <isa-l/igzip_lib.h>

#include "base/error.h"
#include "crypto/digest.h"
#include "gunzip.h"
#include "gzip_output.h"
#include "sample_keys.h"

namespace octo::sample {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const GpgHome& Home() { return SampleKeys::Shared().home(); }

std::string SomeText() {
  std::string text;
  for (int line = 0; line < 20'000; ++line) text += "line " + std::to_string(line) + "\n";
  return text;
}

class Delivery : public ::testing::Test {
 protected:
  std::filesystem::path Make(const Wrapping& wrapping) {
    const std::filesystem::path path = folder_ / "delivery";
    WriteDelivery(Home(), path, wrapping, [](Output& output) { output.Write(SomeText()); });
    return path;
  }

  ScratchFolder folder_;
};

TEST_F(Delivery, OpensForEveryKindOfKey) {
  for (const char* receiver :
       {"receiver-rsa", "receiver-cv25519", "receiver-rsa-locked", "receiver-cv25519-locked"}) {
    EXPECT_EQ(Decrypted(Home(), Make({.envelope = Envelope{.recipients = {receiver}}})), SomeText())
        << receiver;
  }
}

TEST_F(Delivery, OpensInEveryDressOfOpenPgp) {
  for (const char* compression : {"none", "zip", "zlib", "bzip2"}) {
    for (const bool armored : {false, true}) {
      const Envelope envelope{
          .recipients = {"receiver-rsa"}, .armored = armored, .compression = compression};
      const std::filesystem::path path = Make({.envelope = envelope});
      EXPECT_EQ(Decrypted(Home(), path), SomeText());
      EXPECT_EQ(ReadFile(path).starts_with("-----BEGIN PGP MESSAGE-----"), armored);
      EXPECT_EQ(std::filesystem::file_size(path) < SomeText().size() / 2,
                compression != std::string("none"));
    }
  }
}

TEST_F(Delivery, SaysWhoCanReadItAndWhoSignedIt) {
  const Envelope envelope{.recipients = {"receiver-rsa", "receiver-cv25519"}, .signer = "vendor"};
  const std::string status = DecryptionStatus(Home(), Make({.envelope = envelope}));
  EXPECT_THAT(status, HasSubstr("GOODSIG"));
  EXPECT_THAT(status, HasSubstr("vendor <vendor@sample.invalid>"));
  const size_t first = status.find("ENC_TO");
  EXPECT_NE(status.find("ENC_TO", first + 1), std::string::npos);
}

TEST_F(Delivery, IsNotSignedUnlessAsked) {
  const std::string status =
      DecryptionStatus(Home(), Make({.envelope = Envelope{.recipients = {"receiver-rsa"}}}));
  EXPECT_THAT(status, HasSubstr("DECRYPTION_OKAY"));
  EXPECT_THAT(status, Not(HasSubstr("SIG")));
}

TEST_F(Delivery, HidesItsRecipients) {
  const Envelope envelope{.recipients = {"receiver-rsa"}, .hidden_recipients = true};
  const std::string status = DecryptionStatus(Home(), Make({.envelope = envelope}));
  EXPECT_THAT(status, HasSubstr("ENC_TO 0000000000000000"));
  EXPECT_THAT(status, HasSubstr("DECRYPTION_OKAY"));
}

TEST_F(Delivery, UnpacksFromGzipInsideTheEnvelope) {
  const std::filesystem::path path =
      Make({.gzip = true, .envelope = Envelope{.recipients = {"receiver-rsa"}}});
  const Unpacked unpacked = Gunzip(Decrypted(Home(), path));
  EXPECT_EQ(unpacked.text, SomeText());
  EXPECT_TRUE(unpacked.whole);
  EXPECT_EQ(unpacked.trailing, 0u);
}

TEST_F(Delivery, HasADetachedSignatureAndAChecksumOfTheWrappedBytes) {
  const std::filesystem::path path =
      Make({.gzip = true, .detached_signer = "vendor-rsa", .sha256 = true});
  EXPECT_THAT(GpgStatus(Home(), {"--verify", path.string() + ".sig", path}), HasSubstr("GOODSIG"));
  EXPECT_EQ(ReadFile(path.string() + ".sha256"),
            crypto::Sha256Hex(ReadFile(path)) + "  delivery\n");
}

TEST_F(Delivery, IsAsOldAsItsDayAndNeverOfNow) {
  const std::filesystem::path path = Make({.sha256 = true});
  SetDeliveryTime(path, Date(std::chrono::year(2026) / 4 / 30), 30);
  const auto written =
      Date(std::chrono::year(2026) / 5 / 1) + std::chrono::hours(6) + std::chrono::minutes(30);
  const auto age = [](const std::filesystem::path& file) {
    return std::filesystem::file_time_type::clock::now() - std::filesystem::last_write_time(file);
  };
  EXPECT_EQ(std::filesystem::last_write_time(path),
            std::filesystem::last_write_time(path.string() + ".sha256"));
  EXPECT_GT(age(path), std::chrono::minutes(1));
  const auto expected = std::chrono::system_clock::now() - written;
  if (expected > std::chrono::minutes(6)) {
    EXPECT_LT(age(path) - expected, std::chrono::minutes(1));
  }
  SetDeliveryTime(path, std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now()), 0);
  EXPECT_GT(age(path), std::chrono::minutes(1));
}

TEST_F(Delivery, AnUnknownRecipientIsAnErrorThatNamesIt) {
  try {
    Make({.envelope = Envelope{.recipients = {"nobody@sample.invalid"}}});
    FAIL() << "encrypted to nobody";
  } catch (const Error& error) {
    EXPECT_THAT(error.message, HasSubstr("nobody@sample.invalid"));
  }
}

TEST(Keys, AreExportedAndLockedWhereTheirNameSaysSo) {
  for (const std::string& name : KeyNames()) {
    const std::filesystem::path folder = SampleKeys::Shared().folder();
    EXPECT_THAT(ReadFile(folder / (name + ".pub.asc")), HasSubstr("BEGIN PGP PUBLIC KEY BLOCK"));
    EXPECT_THAT(ReadFile(folder / (name + ".sec.asc")), HasSubstr("BEGIN PGP PRIVATE KEY BLOCK"));

    // In a home that does not know the passphrase only the open keys sign.
    const ScratchFolder scratch;
    const GpgHome stranger(scratch / "home");
    stranger.Gpg({"--pinentry-mode", "loopback", "--import", folder / (name + ".sec.asc")})
        ->Finish();
    WriteFile(scratch / "text", "text");
    const std::string status = GpgStatus(stranger, {"--pinentry-mode", "loopback", "--passphrase",
                                                    "wrong", "--sign", scratch / "text"});
    EXPECT_EQ(status.find("SIG_CREATED") == std::string::npos, name.ends_with("-locked")) << name;
  }
}

TEST(Keys, LeaveNoAgentRunning) {
  const ScratchFolder scratch;
  {
    const GpgHome home(scratch / "home");
    home.Gpg({"--import", SampleKeys::Shared().folder() / "vendor.sec.asc"})->Finish();
    EXPECT_TRUE(std::filesystem::exists(scratch / "home/S.gpg-agent"));
  }
  EXPECT_FALSE(std::filesystem::exists(scratch / "home/S.gpg-agent"));
}

TEST(GzipOfZeros, UnpacksToZeros) {
  std::string packed;
  StringOutput output(packed);
  WriteGzipOfZeros(output, 3 << 20);
  const Unpacked unpacked = Gunzip(packed);
  EXPECT_TRUE(unpacked.whole);
  EXPECT_EQ(unpacked.text, std::string(3 << 20, '\0'));
  EXPECT_LT(packed.size(), 20'000u);
}

TEST(Child, AProgramThatIsNotThereIsAnErrorThatNamesIt) {
  EXPECT_THROW(Child({"no-such-program-anywhere"}, {}), Error);
}

}  // namespace
}  // namespace octo::sample
