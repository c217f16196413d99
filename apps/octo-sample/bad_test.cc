#include "bad.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "crypto/digest.h"
#include "gunzip.h"
#include "sample_keys.h"
#include "unzip.h"

namespace octo::sample {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kBombBytes = uint64_t{256} << 20;

// The receiver's own home: without the stranger's secret key.
class BadDelivery : public ::testing::Test {
 protected:
  BadDelivery() : receiver_(folder_ / "receiver") {
    const std::filesystem::path& keys = SampleKeys::Shared().folder();
    receiver_.Gpg({"--import", keys / "receiver-rsa.sec.asc", keys / "vendor.pub.asc"})->Finish();
  }

  std::filesystem::path Make(BadKind kind) {
    const BadContent content =
        kind == BadKind::kShortReply ? BadContent::kReply : BadContent::kTape;
    const std::filesystem::path path = folder_ / ("bad" + std::string(Extension(kind, content)));
    WriteBad(SampleKeys::Shared().home(), kind,
             {.date = Date(std::chrono::year(2026) / 4 / 30),
              .content = content,
              .bomb_bytes = kBombBytes},
             path);
    return path;
  }
  std::string Status(BadKind kind) { return DecryptionStatus(receiver_, Make(kind)); }
  // For those whose envelope is right.
  std::string Inside(BadKind kind) {
    const std::filesystem::path path = Make(kind);
    EXPECT_THAT(DecryptionStatus(receiver_, path), HasSubstr("GOODSIG"));
    return Decrypted(receiver_, path);
  }

  ScratchFolder folder_;
  GpgHome receiver_;
};

TEST_F(BadDelivery, TruncatedDoesNotDecrypt) {
  EXPECT_THAT(Status(BadKind::kTruncated), Not(HasSubstr("DECRYPTION_OKAY")));
}

TEST_F(BadDelivery, TamperedFailsItsIntegrityPacket) {
  const std::string status = Status(BadKind::kTampered);
  EXPECT_THAT(status, Not(HasSubstr("DECRYPTION_OKAY")));
  EXPECT_THAT(status, HasSubstr("BEGIN_DECRYPTION"));
}

TEST_F(BadDelivery, WrongKeyOpensForTheStrangerOnly) {
  const std::filesystem::path path = Make(BadKind::kWrongKey);
  EXPECT_THAT(DecryptionStatus(receiver_, path), Not(HasSubstr("DECRYPTION_OKAY")));
  EXPECT_TRUE(Gunzip(Decrypted(SampleKeys::Shared().home(), path)).whole);
}

TEST_F(BadDelivery, UnsignedIsWholeButNobodysWord) {
  const std::string status = Status(BadKind::kUnsigned);
  EXPECT_THAT(status, HasSubstr("DECRYPTION_OKAY"));
  EXPECT_THAT(status, Not(HasSubstr("SIG")));
}

TEST_F(BadDelivery, WrongSignerIsUnknownToTheReceiver) {
  const std::string status = Status(BadKind::kWrongSigner);
  EXPECT_THAT(status, HasSubstr("ERRSIG"));
  EXPECT_THAT(status, Not(HasSubstr("GOODSIG")));
}

TEST_F(BadDelivery, NoIntegrityHasAnEncryptedPacketOfTheOldKind) {
  const std::filesystem::path path = Make(BadKind::kNoIntegrity);
  const ScratchFolder scratch;
  try {
    receiver_.Gpg({"--list-packets", path}, scratch / "packets")->Finish();
  } catch (const Error&) {
    // gpg warns about it, too.
  }
  EXPECT_THAT(ReadFile(scratch / "packets"), HasSubstr("tag=9"));
  EXPECT_THROW(Decrypted(receiver_, path), Error);
}

TEST_F(BadDelivery, TrailingGarbageFollowsAMessageThatIsWhole) {
  const std::filesystem::path path = Make(BadKind::kTrailingGarbage);
  const std::string bytes = ReadFile(path);
  constexpr std::string_view kGarbage = "\ngarbage after the end\n";
  ASSERT_TRUE(bytes.ends_with(kGarbage));
  WriteFile(path, bytes.substr(0, bytes.size() - kGarbage.size()));
  EXPECT_TRUE(Gunzip(Decrypted(receiver_, path)).whole);
}

TEST_F(BadDelivery, GzipGarbageFollowsAMemberThatIsWhole) {
  const Unpacked unpacked = Gunzip(Inside(BadKind::kGzipGarbage));
  EXPECT_TRUE(unpacked.whole);
  EXPECT_EQ(unpacked.trailing, 15u);
}

TEST_F(BadDelivery, GzipCutLacksItsEnd) { EXPECT_FALSE(Gunzip(Inside(BadKind::kGzipCut)).whole); }

TEST_F(BadDelivery, GzipBombUnpacksToThousandsOfTimesItsSize) {
  const std::string packed = Inside(BadKind::kGzipBomb);
  const Unpacked once = Gunzip(packed);
  ASSERT_TRUE(once.whole);
  const Unpacked twice = Gunzip(once.text, 2 * kBombBytes);
  EXPECT_TRUE(twice.whole);
  EXPECT_EQ(twice.text.size(), kBombBytes);
  EXPECT_GT(twice.text.size() / packed.size(), 5000u);
}

TEST_F(BadDelivery, ZipBombIsZipsInZips) {
  const std::string packed = Inside(BadKind::kZipBomb);
  std::string inner = packed;
  uint64_t copies = 1;
  int depth = 0;
  for (std::vector<std::string> files = Unzip(inner); files.front().starts_with("PK");
       files = Unzip(inner)) {
    copies *= files.size();
    ++depth;
    inner = files.front();
  }
  const size_t innermost = Unzip(inner).front().size();
  EXPECT_EQ(depth, 5);
  EXPECT_GE(copies * innermost, kBombBytes);
  EXPECT_GT(copies * innermost / packed.size(), 5000u);
}

TEST_F(BadDelivery, HalfWrittenIsAPartAndAFileThatIsCut) {
  const std::filesystem::path path = Make(BadKind::kHalfWritten);
  const std::string cut = ReadFile(path);
  const std::string part = ReadFile(path.string() + ".part");
  EXPECT_LT(part.size(), cut.size());
  EXPECT_TRUE(cut.starts_with(part));
  EXPECT_THAT(DecryptionStatus(receiver_, path), Not(HasSubstr("DECRYPTION_OKAY")));
}

TEST_F(BadDelivery, WrongChecksumIsOfAnotherFile) {
  const std::filesystem::path path = Make(BadKind::kWrongChecksum);
  const std::string checksum = ReadFile(path.string() + ".sha256");
  EXPECT_THAT(checksum, HasSubstr(path.filename().string()));
  EXPECT_THAT(checksum, Not(HasSubstr(crypto::Sha256Hex(ReadFile(path)))));
  EXPECT_TRUE(Gunzip(Decrypted(receiver_, path)).whole);
}

TEST_F(BadDelivery, ShortReplyHasNoEnd) {
  const Unpacked reply = Gunzip(Inside(BadKind::kShortReply));
  EXPECT_TRUE(reply.whole);
  EXPECT_TRUE(reply.text.starts_with("START-OF-FILE\n"));
  EXPECT_THAT(reply.text, Not(HasSubstr("END-OF-DATA")));
}

TEST(BadKinds, AreFoundByTheirNames) {
  for (const BadKind kind : AllBadKinds()) EXPECT_EQ(BadKindFromName(Name(kind)), kind);
  EXPECT_EQ(BadKindFromName("good"), std::nullopt);
}

}  // namespace
}  // namespace octo::sample
