// What may happen to a file on its way.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "openpgp/craft_test.h"
#include "openpgp/gpg_test.h"

namespace octo::openpgp {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

struct Way {
  std::string name;
  std::vector<std::string> arguments;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class EveryWay : public ::testing::TestWithParam<Way> {
 protected:
  std::string Message(size_t bytes = 20'000) {
    return Gpg::Instance().Message(GetParam().arguments, SampleText(bytes));
  }
  Outcome OpenIt(std::string message) { return Open(Gpg::Instance().All(), std::move(message)); }
};

TEST_P(EveryWay, AChangedByteIsNoticedAnywhere) {
  const std::string message = Message();
  const std::string text = SampleText(20'000);
  const size_t step = std::max<size_t>(1, message.size() / 150);
  for (size_t at = 0; at < message.size(); at += step) {
    std::string changed = message;
    changed[at] = static_cast<char>(changed[at] ^ 0x11);
    const Outcome outcome = OpenIt(changed);
    // A change that changes nothing, as in a key id that does not matter or a comment, is no harm.
    if (!outcome.error) {
      EXPECT_TRUE(outcome.plaintext == text) << "at " << at;
      EXPECT_LT(at, 700) << "a change in the data went unnoticed";
    }
  }
}

TEST_P(EveryWay, ACutIsNeverACleanEnd) {
  const std::string message = Message();
  for (size_t size = 0; size < message.size(); size += std::max<size_t>(1, message.size() / 50)) {
    const Outcome outcome = OpenIt(message.substr(0, size));
    ASSERT_EQ(outcome.error, ErrorKind::kIncomplete)
        << "cut at " << size << ": " << outcome.message;
  }
  for (size_t cut = 1; cut <= 60; ++cut) {
    const Outcome outcome = OpenIt(message.substr(0, message.size() - cut));
    if (cut == 1 && message.ends_with("\n")) {
      ASSERT_EQ(outcome.error, std::nullopt) << outcome.message;  // just the last line's end
    } else {
      ASSERT_EQ(outcome.error, ErrorKind::kIncomplete) << cut << " bytes cut: " << outcome.message;
    }
  }
}

TEST_P(EveryWay, TrailingBytesAreRefused) {
  const std::string message = Message();
  for (const std::string& trail :
       {std::string("x"), std::string(1, '\0'), std::string("\xB4"), SampleText(100'000)}) {
    const Outcome outcome = OpenIt(message + trail);
    EXPECT_EQ(outcome.error, ErrorKind::kCorrupt) << outcome.message;
  }
}

TEST_P(EveryWay, ASecondMessageIsRefused) {
  const std::string message = Message();
  const Outcome outcome = OpenIt(message + message);
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  EXPECT_THAT(outcome.message, HasSubstr("after the end"));
}

INSTANTIATE_TEST_SUITE_P(
    Ways, EveryWay,
    ::testing::Values(Way{"rsa", {"-r", "rsa@test", "-e"}},
                      Way{"curve_uncompressed", {"-r", "curve@test", "-z0", "-e"}},
                      Way{"signed", {"-r", "curve@test", "-u", "signer@test", "-s", "-e"}},
                      Way{"armored", {"-r", "nist@test", "--armor", "-e"}},
                      Way{"armored_uncompressed", {"-r", "curve@test", "--armor", "-z0", "-e"}}),
    [](const auto& test) { return test.param.name; });

TEST(Armor, AWrongChecksumIsRefused) {
  std::string message = Armored(EncryptedMessage(LiteralPacket("hello")));
  const size_t at = message.find("\n=") + 2;
  message[at] = message[at] == 'A' ? 'B' : 'A';
  const Outcome outcome = Open(Gpg::Instance().All(), message);
  EXPECT_EQ(outcome.error, ErrorKind::kCorrupt);
  EXPECT_THAT(outcome.message, HasSubstr("checksum of the armor"));
}

TEST(Armor, OpensWithoutChecksumAndWithHeadersAndAnyLineEnds) {
  Gpg& gpg = Gpg::Instance();
  std::string message = Armored(EncryptedMessage(LiteralPacket(SampleText(5000))));
  std::string bare = message;
  bare.erase(bare.find("\n="), 6);
  EXPECT_TRUE(Open(gpg.All(), bare).plaintext == SampleText(5000));
  message.insert(message.find("\n\n") + 1, "Version: 1\nComment: sent by a vendor\n");
  EXPECT_TRUE(Open(gpg.All(), message).plaintext == SampleText(5000));
  std::string crlf;
  for (const char c : message) crlf += c == '\n' ? std::string("\r\n") : std::string(1, c);
  EXPECT_TRUE(Open(gpg.All(), "\xEF\xBB\xBF\r\n" + crlf + "\r\n \n").plaintext == SampleText(5000));
}

TEST(Armor, OfAnotherTypeIsRefused) {
  const Outcome outcome = Open(Gpg::Instance().All(), Armored("x", "PUBLIC KEY BLOCK"));
  EXPECT_EQ(outcome.error, ErrorKind::kPermanent);
  EXPECT_THAT(outcome.message, HasSubstr("no PGP MESSAGE"));
}

TEST(Armor, MalformedLinesAreRefused) {
  const std::string good = Armored(EncryptedMessage(LiteralPacket(SampleText(5000))));
  const size_t middle = good.find('\n', 1000);
  for (const char* bad : {"!", "AB", "=AAA", "QQ==\nQUJD", "-----END PGP SIGNATURE-----"}) {
    std::string message = good;
    message.insert(middle + 1, std::string(bad) + "\n");
    const Outcome outcome = Open(Gpg::Instance().All(), message);
    EXPECT_EQ(outcome.error, ErrorKind::kCorrupt) << bad << ": " << outcome.message;
  }
}

TEST(Sizes, MegabytesInPartsOpenAtAnyReadSize) {
  Gpg& gpg = Gpg::Instance();
  const std::string text = SampleText(5'000'000);
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"-r", "curve@test", "-z0", "-e"}, {"-r", "rsa@test", "-e"}}) {
    const std::string in_parts = gpg.Message(arguments, text);
    const std::string of_known_length = gpg.MessageOfFile(arguments, text);
    for (const size_t most_at_once : {SIZE_MAX, size_t{1000}}) {
      EXPECT_TRUE(Open(gpg.All(), in_parts, {}, most_at_once).plaintext == text);
      EXPECT_TRUE(Open(gpg.All(), of_known_length, {}, most_at_once).plaintext == text);
    }
  }
}

}  // namespace
}  // namespace octo::openpgp
