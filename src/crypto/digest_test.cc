#include "crypto/digest.h"

#include <gtest/gtest.h>

#include <set>

namespace octo::crypto {
namespace {

std::span<const std::byte> BytesOf(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string DigestOf(DigestAlgorithm algorithm, std::string_view text) {
  Digest digest(algorithm);
  digest.Update(text);
  return digest.FinishHex();
}

TEST(Digest, MatchesTheVectorsOfTheStandards) {  // RFC 1321; FIPS 180-4 examples for "abc"
  EXPECT_EQ(DigestOf(DigestAlgorithm::kMd5, "abc"), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(DigestOf(DigestAlgorithm::kSha1, "abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(DigestOf(DigestAlgorithm::kSha256, "abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(DigestOf(DigestAlgorithm::kSha384, "abc").substr(0, 16), "cb00753f45a35e8b");
  EXPECT_EQ(DigestOf(DigestAlgorithm::kSha512, "abc").substr(0, 16), "ddaf35a193617aba");
}

TEST(Digest, StartsAnewAfterFinish) {
  Digest digest(DigestAlgorithm::kSha256);
  digest.Update("something else");
  digest.Finish();
  digest.Update("abc");
  EXPECT_EQ(digest.FinishHex(), Sha256Hex("abc"));
}

TEST(Hmac, MatchesRfc4231Case2) {
  EXPECT_EQ(Hex(HmacSha256(BytesOf("Jefe"), "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Base64, GoesThereAndBack) {  // RFC 4648, section 10
  EXPECT_EQ(Base64(BytesOf("")), "");
  EXPECT_EQ(Base64(BytesOf("f")), "Zg==");
  EXPECT_EQ(Base64(BytesOf("foobar")), "Zm9vYmFy");
  const Bytes back = FromBase64("Zm9v\nYmE=");
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(back.data()), back.size()), "fooba");
  EXPECT_TRUE(FromBase64("Zm9").empty());
  EXPECT_TRUE(FromBase64("Z!9v").empty());
}

TEST(RandomUuid, IsVersion4AndNeverTheSame) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string uuid = RandomUuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string("89ab").find(uuid[19]), std::string::npos);
    seen.insert(uuid);
  }
  EXPECT_EQ(seen.size(), 1000u);
}

}  // namespace
}  // namespace octo::crypto
