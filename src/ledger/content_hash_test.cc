#include "ledger/content_hash.h"

#include <gtest/gtest.h>

#include <vector>

#include "crypto/digest.h"

namespace octo::ledger {
namespace {

const std::string kA(64, 'a');
const std::string kB(64, 'b');

std::string Hash(const std::vector<ContentPart>& parts) { return ContentHash(parts); }

TEST(ContentHash, IsTheDigestOfTheDocumentedText) {
  EXPECT_EQ(Hash({{"", kA}}), crypto::Sha256Hex("octo-content-1\n0::" + kA + "\n"));
  EXPECT_EQ(Hash({{"a.csv", kA}, {"ü", kB}}),
            crypto::Sha256Hex("octo-content-1\n5:a.csv:" + kA + "\n2:ü:" + kB + "\n"));
}

// Stored in ledgers and manifests: a changed value would make every known delivery a new version.
TEST(ContentHash, NeverChanges) {
  EXPECT_EQ(Hash({}), "19238f98c185ded1202d62ad579a166140553ffa82ee7e468e19035bff265617");
  EXPECT_EQ(Hash({{"a", kA}, {"b", kB}}),
            "1a512fe78f681d0f6f8e0c9165d22dd0c478725cb1808ef8ff7e106aa8b8db55");
}

TEST(ContentHash, TellsOrderNamesBytesAndBordersApart) {
  const std::string hash = Hash({{"a", kA}, {"b", kB}});
  EXPECT_NE(hash, Hash({{"b", kB}, {"a", kA}}));
  EXPECT_NE(hash, Hash({{"a", kB}, {"b", kA}}));
  EXPECT_NE(hash, Hash({{"a", kA}, {"c", kB}}));
  EXPECT_NE(hash, Hash({{"a", kA}}));
  EXPECT_NE(hash, Hash({{"a:" + kA + "\n1:b", kB}}));
}

}  // namespace
}  // namespace octo::ledger
