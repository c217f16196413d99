#include "remote/folder/local_folder.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "remote/remote_folder_contract.h"

namespace octo::remote {
namespace {

class LocalUnderTest final : public FolderUnderTest {
 public:
  LocalUnderTest() {
    std::string name = (std::filesystem::temp_directory_path() / "octo-local-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
    path_ = name;
    folder_ = MakeLocalFolder(path_);
  }
  ~LocalUnderTest() override { std::filesystem::remove_all(path_); }
  RemoteFolder& folder() override { return *folder_; }
  std::filesystem::path local() const override { return path_; }

 private:
  std::filesystem::path path_;
  std::unique_ptr<RemoteFolder> folder_;
};

INSTANTIATE_TEST_SUITE_P(Folder, RemoteFolderContract,
                         testing::Values(FolderFactory{
                             "Local", [] { return std::make_unique<LocalUnderTest>(); }}),
                         ContractName);

TEST(LocalFolder, AMissingFolderConcernsTheWholeProvider) {
  const auto folder = MakeLocalFolder("/nonexistent/octo");
  try {
    folder->List([](const RemoteEntry&) {}, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kPermanent);
    EXPECT_EQ(error.scope, ErrorScope::kProvider);
  }
}

}  // namespace
}  // namespace octo::remote
