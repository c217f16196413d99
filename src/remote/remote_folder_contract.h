#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "base/error.h"
#include "remote/remote_folder.h"

namespace octo::remote {

// An implementation under test: a folder whose content the test can also reach as a local folder.
class FolderUnderTest {
 public:
  virtual ~FolderUnderTest() = default;
  virtual RemoteFolder& folder() = 0;
  virtual std::filesystem::path local() const = 0;
};

struct FolderFactory {
  std::string name;
  std::function<std::unique_ptr<FolderUnderTest>()> make;
};

// What every RemoteFolder promises. Instantiate it for each implementation:
//   INSTANTIATE_TEST_SUITE_P(Local, RemoteFolderContract, testing::Values(FolderFactory{…}),
//   ContractName);
class RemoteFolderContract : public testing::TestWithParam<FolderFactory> {
 protected:
  void SetUp() override { under_test_ = GetParam().make(); }
  RemoteFolder& folder() { return under_test_->folder(); }
  std::filesystem::path local() const { return under_test_->local(); }
  void WriteLocally(const std::string& name, const std::string& content) const;
  std::string ReadLocally(const std::string& name) const;
  std::string ReadWhole(const std::string& path, uint64_t offset = 0,
                        const stream::Context& context = {});
  // The error that reading the file to its end gives; kBug of scope process when there is none.
  Error ErrorOfReading(RemoteFile& file);

 private:
  std::unique_ptr<FolderUnderTest> under_test_;
};

inline std::string ContractName(const testing::TestParamInfo<FolderFactory>& info) {
  return info.param.name;
}

}  // namespace octo::remote
