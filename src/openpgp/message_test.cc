// What a message may hold, and what is refused inside of the encryption.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "openpgp/craft_test.h"
#include "openpgp/gpg_test.h"
#include "openpgp/rnp_decryptor.h"

namespace octo::openpgp {
namespace {

using ::testing::HasSubstr;

Decryptor& Symmetric() {
  static const auto decryptor = MakeRnpDecryptor({}, {Secret("open sesame")});
  return *decryptor;
}

void ExpectOpens(const std::string& message, const std::string& text, const Policy& policy = {}) {
  const Outcome outcome = Open(Symmetric(), message, policy);
  EXPECT_EQ(outcome.error, std::nullopt) << outcome.message;
  EXPECT_TRUE(outcome.plaintext == text);
}

void ExpectRefused(const std::string& message, ErrorKind kind, const std::string& words,
                   const Policy& policy = {}) {
  const Outcome outcome = Open(Symmetric(), message, policy);
  EXPECT_EQ(outcome.error, kind) << outcome.message;
  EXPECT_THAT(outcome.message, HasSubstr(words));
}

const Policy kAllowMissing{.integrity = IntegrityPolicy::kAllowMissing};

TEST(Message, OpensPlainLiteralData) {
  ExpectOpens(EncryptedMessage(LiteralPacket("hello")), "hello");
  ExpectOpens(EncryptedMessage(LiteralPacket("")), "");
}

TEST(Message, TellsTheNameInside) {
  const Outcome outcome = Open(Symmetric(), EncryptedMessage(LiteralPacket("hello", "tape.csv")));
  EXPECT_EQ(outcome.report.literal_name, "tape.csv");
  EXPECT_EQ(outcome.report.cipher, "AES256");
  EXPECT_TRUE(outcome.report.symmetric);
  EXPECT_EQ(outcome.report.key_used, "");
}

// Where content ends at a boundary of somebody's buffer, the integrity packet must still be found.
TEST(Message, OpensContentThatEndsAtAnyBoundary) {
  for (const size_t boundary : {16u, 4096u, 32768u, 65536u, 131072u}) {
    for (size_t size = boundary - 48; size <= boundary + 4; ++size) {
      const std::string text = SampleText(size);
      const Outcome outcome = Open(Symmetric(), EncryptedMessage(LiteralPacket(text)));
      ASSERT_EQ(outcome.error, std::nullopt) << size << ": " << outcome.message;
      ASSERT_TRUE(outcome.plaintext == text) << size;
      if (size < 8) size = 8;
    }
  }
}

TEST(Message, OpensCompressedData) {
  const std::string text = SampleText(50'000);
  for (const int format : {1, 2}) {
    ExpectOpens(EncryptedMessage(Packet(8, CompressedPacket(format, LiteralPacket(text)))), text);
  }
  ExpectOpens(EncryptedMessage(Packet(8, '\0' + LiteralPacket(text))), text);
}

TEST(Message, SkipsMarkers) {
  const std::string marker = Packet(10, "PGP");
  ExpectOpens(marker + EncryptedMessage(marker + LiteralPacket("hello") + marker), "hello");
}

TEST(Message, RefusesASecondLiteral) {
  const std::string two = LiteralPacket("hello") + LiteralPacket("world");
  ExpectRefused(EncryptedMessage(two), ErrorKind::kCorrupt, "after the data");
  ExpectRefused(EncryptedMessage(Packet(8, CompressedPacket(1, two))), ErrorKind::kCorrupt,
                "after the data");
  ExpectRefused(EncryptedMessage(Packet(8, CompressedPacket(1, LiteralPacket("hello"))) +
                                 LiteralPacket("world")),
                ErrorKind::kCorrupt, "after the data");
}

TEST(Message, RefusesDataAfterTheCompressedStream) {
  for (const int format : {1, 2}) {
    for (const char* trail : {"x", "eight...", "a longer trail of bytes"}) {
      ExpectRefused(
          EncryptedMessage(Packet(8, CompressedPacket(format, LiteralPacket("hello")) + trail)),
          ErrorKind::kCorrupt, "compressed data");
    }
  }
}

TEST(Message, RefusesACutCompressedStream) {
  for (const int format : {1, 2}) {
    const std::string packet = CompressedPacket(format, LiteralPacket(SampleText(5000)));
    for (size_t size = 1; size < packet.size(); size += 7) {
      const Outcome outcome =
          Open(Symmetric(), EncryptedMessage(Packet(8, packet.substr(0, size))));
      ASSERT_EQ(outcome.error, ErrorKind::kCorrupt) << format << " cut at " << size;
    }
  }
}

TEST(Message, RefusesAWrongChecksumOfTheCompression) {
  std::string packet = CompressedPacket(2, LiteralPacket("hello"));
  packet.back() = static_cast<char>(packet.back() ^ 1);
  ExpectRefused(EncryptedMessage(Packet(8, packet)), ErrorKind::kCorrupt, "compressed data");
}

TEST(Message, RefusesALiteralThatClaimsMoreThanThereIs) {
  std::string literal = LiteralPacket("hello");
  literal[5] = static_cast<char>(literal[5] + 1);  // the length
  ExpectRefused(EncryptedMessage(literal), ErrorKind::kCorrupt, "ends too early");
}

TEST(Message, RefusesDeepNesting) {
  std::string packets = LiteralPacket("hello");
  for (int i = 0; i < 10; ++i) packets = Packet(8, CompressedPacket(1, packets));
  ExpectRefused(EncryptedMessage(packets), ErrorKind::kCorrupt, "inside one another");
}

TEST(Message, RefusesAFloodOfPackets) {
  std::string packets;
  for (int i = 0; i < 1000; ++i) packets += Packet(10, "PGP");
  ExpectRefused(EncryptedMessage(packets + LiteralPacket("hello")), ErrorKind::kCorrupt,
                "too many packets");
}

TEST(Message, RefusesPacketsThatDoNotBelongInside) {
  ExpectRefused(EncryptedMessage(""), ErrorKind::kCorrupt, "no data");
  ExpectRefused(EncryptedMessage("plain text, no packet"), ErrorKind::kCorrupt,
                "no OpenPGP packet");
  ExpectRefused(EncryptedMessage(EncryptedMessage(LiteralPacket("hello"))), ErrorKind::kCorrupt,
                "type 3");
}

TEST(Message, WithoutIntegrityIsRefusedUnlessAllowed) {
  const std::string message = UnprotectedMessage(LiteralPacket("hello"));
  ExpectRefused(message, ErrorKind::kCorrupt, "no integrity protection");
  ExpectOpens(message, "hello", kAllowMissing);
  EXPECT_EQ(Open(Symmetric(), message, kAllowMissing).report.integrity, "none");
}

TEST(Message, ALongOneWithoutIntegrityOpensWhereAllowed) {
  const std::string text = SampleText(1'000'000);
  ExpectOpens(UnprotectedMessage(LiteralPacket(text)), text, kAllowMissing);
}

TEST(Message, ADowngradedOneIsRefusedEvenWhereIntegrityMayMiss) {
  // What is left of the code gives it away, however the attacker has repaired the start.
  const std::string stripped = LiteralPacket("hello") + Packet(19, std::string(20, 'x'));
  ExpectRefused(UnprotectedMessage(stripped), ErrorKind::kCorrupt, "no integrity protection");
  ExpectRefused(UnprotectedMessage(stripped), ErrorKind::kCorrupt, "stripped", kAllowMissing);
}

TEST(Message, OfAnotherPassphraseIsDenied) {
  const auto other = MakeRnpDecryptor({}, {Secret("wrong"), Secret("also wrong")});
  const Outcome outcome = Open(*other, EncryptedMessage(LiteralPacket("hello")));
  EXPECT_EQ(outcome.error, ErrorKind::kDenied);
  EXPECT_THAT(outcome.message, HasSubstr("passphrase (none of ours fits)"));
  EXPECT_THAT(outcome.message, ::testing::Not(HasSubstr("wrong")));
}

TEST(Message, ThatIsNotEncryptedIsRefused) {
  ExpectRefused(LiteralPacket("hello"), ErrorKind::kPermanent, "not encrypted");
  ExpectRefused(Packet(8, CompressedPacket(1, LiteralPacket("hello"))), ErrorKind::kPermanent,
                "not encrypted");
  ExpectRefused("id,amount\n1,2\n", ErrorKind::kPermanent, "not an OpenPGP message");
  ExpectRefused("", ErrorKind::kIncomplete, "empty");
}

}  // namespace
}  // namespace octo::openpgp
