#include "remote/sftp/sftp_folder.h"

#include <gtest/gtest.h>

#include <set>

#include "remote/remote_folder_contract.h"

#include "remote/sftp/test_vendor.h"
#include "stream/memory_source.h"

namespace octo::remote {
namespace {

using sftp::SampleBytes;
using sftp::TestVendor;

std::string ReadWhole(RemoteFolder& folder, const std::string& path, uint64_t offset = 0,
                      const stream::Context& context = {}) {
  const auto file = folder.Open(path, offset, context);
  return stream::ReadAll(*file);
}

class SftpUnderTest final : public FolderUnderTest {
 public:
  explicit SftpUnderTest(Pipeline pipeline) {
    SftpOptions options = vendor_.Options();
    options.pipeline = pipeline;
    folder_ = MakeSftpFolder(std::move(options));
  }
  RemoteFolder& folder() override { return *folder_; }
  std::filesystem::path local() const override { return vendor_.inbox(); }

 private:
  TestVendor vendor_;
  std::unique_ptr<RemoteFolder> folder_;
};

FolderFactory Factory(const std::string& name, Pipeline pipeline) {
  return {name, [pipeline] { return std::make_unique<SftpUnderTest>(pipeline); }};
}

INSTANTIATE_TEST_SUITE_P(Sftp, RemoteFolderContract,
                         testing::Values(Factory("Sftp", Pipeline::kAdaptive),
                                         Factory("GentleSftp", Pipeline::kGentle)),
                         ContractName);

TEST(SftpFolder, ReadsAFileWholeByOneLogin) {
  const TestVendor vendor;
  const std::string content = SampleBytes(20 << 20);
  vendor.Write("tape.csv", content);
  const auto folder = MakeSftpFolder(vendor.Options());
  std::set<std::string> names;
  folder->List([&](const RemoteEntry& entry) { names.insert(entry.path); }, {});
  EXPECT_EQ(names, std::set<std::string>{"tape.csv"});
  EXPECT_TRUE(ReadWhole(*folder, "tape.csv") == content);
  EXPECT_EQ(vendor.Logins(), 1) << vendor.Log();
}

}  // namespace
}  // namespace octo::remote
