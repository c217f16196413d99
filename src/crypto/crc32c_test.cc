#include "crypto/crc32c.h"

#include <gtest/gtest.h>

#include <string>

namespace octo::crypto {
namespace {

uint32_t Of(const std::string& text) {
  Crc32c crc;
  crc.Update(std::as_bytes(std::span(text)));
  return crc.Value();
}

TEST(Crc32c, MatchesTheExamplesOfRfc3720) {
  EXPECT_EQ(Of(""), 0u);
  EXPECT_EQ(Of("123456789"), 0xe3069283u);
  EXPECT_EQ(Of(std::string(32, '\0')), 0x8a9136aau);
  EXPECT_EQ(Of(std::string(32, '\xff')), 0x62a8ab43u);
}

TEST(Crc32c, PiecesGiveTheSameValueAsTheWhole) {
  const std::string text = "The quick brown fox jumps over the lazy dog";
  Crc32c crc;
  for (const char& c : text) crc.Update(std::as_bytes(std::span(&c, 1)));
  EXPECT_EQ(crc.Value(), Of(text));
  EXPECT_EQ(Base64(crc.BigEndian()), "ImIEBA==");
}

}  // namespace
}  // namespace octo::crypto
