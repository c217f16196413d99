// The sinks of both stores under the contract of all sinks.
#include "stream/sink_contract.h"

#include <filesystem>
#include <utility>

#include "storage/folder_store.h"
#include "storage/s3_gateway.h"
#include "storage/s3_store.h"
#include "stream/memory_source.h"

namespace octo::storage {
namespace {

namespace fs = std::filesystem;

// One key of a store.
class StorePlace : public stream::SinkCase::Place {
 public:
  explicit StorePlace(std::unique_ptr<ObjectStore> store) : store_(std::move(store)) {}

  std::unique_ptr<stream::Sink> Create() override {
    return store_->Create("in/a.txt", {.attempt = "a1"}, {});
  }
  void Publish(const stream::PreparedObject& object) override {
    EXPECT_EQ(store_->Publish(object, {}).outcome, PublishResult::Outcome::kPublished);
  }
  std::optional<std::string> Visible() override {
    if (!store_->Stat("in/a.txt", {})) return std::nullopt;
    return stream::ReadAll(*store_->Open("in/a.txt", {}, {}));
  }

 private:
  std::unique_ptr<ObjectStore> store_;
};

class FolderPlace final : public StorePlace {
 public:
  FolderPlace() : FolderPlace((fs::temp_directory_path() / "octo-sink-XXXXXX").string()) {}
  ~FolderPlace() override { fs::remove_all(folder_); }
  bool HasLeftovers() override {
    for (const auto& entry : fs::recursive_directory_iterator(folder_)) {
      if (IsTemporaryName(entry.path().filename().string())) return true;
    }
    return false;
  }

 private:
  explicit FolderPlace(std::string path)
      : StorePlace(std::make_unique<FolderStore>(mkdtemp(path.data()))), folder_(path) {}
  const fs::path folder_;
};

// A folder of its own in the bucket of a gateway that all share.
class S3Place final : public StorePlace {
 public:
  S3Place() : S3Place(NextOptions()) {}
  bool HasLeftovers() override { return !S3Uploads(client_).IdsOf("in/a.txt", {}).empty(); }

 private:
  explicit S3Place(const S3Options& options)
      : StorePlace(std::make_unique<S3Store>(options)), client_(options) {}

  static S3Options NextOptions() {
    static const S3Gateway gateway;
    static int number = 0;
    return gateway.Options(fmt::format("sink/{}", ++number));
  }

  S3Client client_;
};

std::vector<stream::SinkCase> Cases() {
  std::vector<stream::SinkCase> cases = {
      {"Folder", [] { return std::make_unique<FolderPlace>(); }}};
  if (S3Gateway::IsInstalled()) {
    cases.push_back({"S3", [] { return std::make_unique<S3Place>(); }});
  } else {
    fmt::print("without the sinks of S3: {}\n", S3Gateway::kHowToInstall);
  }
  return cases;
}

}  // namespace
}  // namespace octo::storage

namespace octo::stream {

INSTANTIATE_TEST_SUITE_P(Store, SinkContract, testing::ValuesIn(storage::Cases()),
                         [](const auto& of) { return of.param.name; });

}  // namespace octo::stream
