#include "codec/archive.h"

#include <gtest/gtest.h>

#include "stream/memory_source.h"

namespace octo::codec {
namespace {

TEST(OpenArchive, GivesAPlainFileAsOneEntry) {
  ArchiveReport report;
  auto archive = OpenArchive(std::make_unique<stream::MemorySource>("a,b\n1,2\n"), "x.csv", {},
                             false, report, {});
  auto entry = archive->Next();
  ASSERT_TRUE(entry);
  EXPECT_EQ(stream::ReadAll(*entry->content), "a,b\n1,2\n");
  EXPECT_FALSE(archive->Next());
  EXPECT_FALSE(archive->IsContainer());
}

}  // namespace
}  // namespace octo::codec
