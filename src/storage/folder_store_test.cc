#include "storage/folder_store.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "storage/object_store_contract.h"
#include "stream/memory_source.h"

namespace octo::storage {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = stream::Precondition::Kind;
using Outcome = PublishResult::Outcome;

class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string path = (fs::temp_directory_path() / "octo-store-XXXXXX").string();
    path_ = mkdtemp(path.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::vector<std::string> TemporaryFiles(const fs::path& root) {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (IsTemporaryName(entry.path().filename().string())) names.push_back(entry.path().filename());
  }
  return names;
}

class FolderHarness final : public StoreHarness {
 public:
  std::unique_ptr<ObjectStore> Connect() override {
    return std::make_unique<FolderStore>(folder_.path() / "store");
  }
  size_t TracesAt(const std::string& key) override {
    size_t count = 0;
    for (const auto& name : TemporaryFiles(folder_.path()))
      count += name.starts_with(TemporaryNamesBegin(key));
    return count;
  }
  std::unique_ptr<ObjectStore> ConnectToSilence() override { return nullptr; }
  bool HoldsInMemory() const override { return false; }
  size_t LargeBytes() const override { return 9'000'001; }

 private:
  TemporaryFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Store, ObjectStoreContract,
                         testing::Values(StoreFactory{
                             "Folder", [] { return std::string(); },
                             [] { return std::make_unique<FolderHarness>(); }}),
                         StoreName);

class FolderStoreTest : public testing::Test {
 protected:
  std::unique_ptr<stream::Sink> Sink(const std::string& key, const std::string& bytes,
                                     stream::Precondition when = {}) {
    CreateOptions options;
    options.attempt = "a1";
    options.precondition = std::move(when);
    auto sink = store_.Create(key, options, {});
    sink->Write(std::as_bytes(std::span(bytes)));
    return sink;
  }
  std::string Content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

  TemporaryFolder folder_;
  const fs::path root_ = folder_.path() / "store";
  FolderStore store_{root_};
};

TEST_F(FolderStoreTest, UrlNamesTheFolder) {
  EXPECT_EQ(FolderStore("/data/landing/").Url(), "file:///data/landing");
  EXPECT_EQ(FolderStore("/").Url(), "file://");
}

TEST_F(FolderStoreTest, ReadingAFolderThatDoesNotExistFindsNothingAndMakesNothing) {
  EXPECT_FALSE(store_.Stat("a.txt", {}));
  store_.List("", [](const ObjectInfo&) { return true; }, {});
  store_.AbandonAttempts("a.txt", {}, {});
  EXPECT_FALSE(fs::exists(root_));
}

TEST_F(FolderStoreTest, APublicationWhoseAnswerWasLostIsKnownByTheFileItself) {
  const auto object = Sink("in/a.txt", "hello")->Prepare();
  // What a process killed right after the rename leaves; once more without extended attributes.
  fs::rename(root_ / "in" / FileHandle::Parse(object.handle)->name, root_ / "in/a.txt");
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kPublished);
  ASSERT_EQ(system(("setfattr -x user.octo-attempt " + (root_ / "in/a.txt").string() +
                    " 2>/dev/null || true")
                       .c_str()),
            0);
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kPublished);
}

TEST_F(FolderStoreTest, ARenameByLinkCutInTheMiddleIsFinished) {
  const auto object = Sink("a.txt", "hello")->Prepare();
  fs::create_hard_link(root_ / FileHandle::Parse(object.handle)->name, root_ / "a.txt");
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kPublished);
  EXPECT_THAT(TemporaryFiles(root_), IsEmpty());
}

TEST_F(FolderStoreTest, AForeignFileOfTheSameSizeIsNotOurs) {
  const auto object = Sink("a.txt", "hello")->Prepare();
  std::ofstream(root_ / "a.txt") << "HELLO";
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kConflict);
  EXPECT_EQ(Content(root_ / "a.txt"), "HELLO");
}

TEST_F(FolderStoreTest, ATemporaryFileThatWasCutIsLost) {
  const auto object = Sink("a.txt", "hello")->Prepare();
  fs::resize_file(root_ / FileHandle::Parse(object.handle)->name, 3);
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kLost);
  EXPECT_FALSE(fs::exists(root_ / "a.txt"));
}

TEST_F(FolderStoreTest, NeverFollowsLinksOutOfTheFolder) {
  fs::create_directories(root_);
  fs::create_directories(folder_.path() / "outside");
  std::ofstream(folder_.path() / "outside/secret.txt") << "secret";
  fs::create_directory_symlink(folder_.path() / "outside", root_ / "way");
  fs::create_symlink(folder_.path() / "outside/secret.txt", root_ / "link.txt");

  EXPECT_FALSE(store_.Stat("way/secret.txt", {}));
  EXPECT_FALSE(store_.Stat("link.txt", {}));
  EXPECT_THROW(store_.Open("way/secret.txt", {}, {}), Error);
  EXPECT_THROW(store_.Open("link.txt", {}, {}), Error);
  EXPECT_THROW(store_.Create("way/new.txt", {}, {}), Error);
  std::vector<std::string> keys;
  const auto visit = [&](const ObjectInfo& info) {
    keys.push_back(info.key);
    return true;
  };
  for (const auto* prefix : {"", "way/", "../"}) store_.List(prefix, visit, {});
  EXPECT_THAT(keys, IsEmpty());

  EXPECT_EQ(store_.Publish(Sink("link.txt", "ours")->Prepare(), {}).outcome, Outcome::kConflict);
  EXPECT_EQ(store_.Publish(Sink("link.txt", "ours", {Kind::kNone, {}})->Prepare(), {}).outcome,
            Outcome::kPublished);
  EXPECT_EQ(Content(folder_.path() / "outside/secret.txt"), "secret");
}

TEST_F(FolderStoreTest, AFolderAndAFileOfOneNameAreAConflictOfTheDelivery) {
  store_.Publish(Sink("a", "file")->Prepare(), {});
  try {
    Sink("a/b.txt", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kConflict);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
    EXPECT_THAT(error.message, HasSubstr("a/b.txt"));
  }
  store_.Publish(Sink("c/d.txt", "file")->Prepare(), {});
  EXPECT_THROW(Sink("c", "x"), Error);
}

TEST_F(FolderStoreTest, ANameTooLongForTheDiskConcernsOneDelivery) {
  const auto object = Sink(std::string(255, 'n'), "x")->Prepare();  // the temporary name is short
  EXPECT_EQ(store_.Publish(object, {}).outcome, Outcome::kPublished);
  try {
    store_.Publish(Sink(std::string(256, 'n'), "x")->Prepare(), {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kPermanent);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
  }
}

TEST_F(FolderStoreTest, AbandonsWhatAnUnfinishedSinkOfADeadProcessLeft) {
  const pid_t child = fork();
  if (child == 0) {
    const auto sink = Sink("in/a.txt", "half");
    _exit(0);  // as kill -9 would: no destructor runs
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(TemporaryFiles(root_).size(), 1u);
  store_.AbandonAttempts("in/a.txt", {}, {});
  EXPECT_THAT(TemporaryFiles(root_), IsEmpty());
}

TEST_F(FolderStoreTest, AHandleThatLeadsElsewhereIsRefused) {
  auto object = Sink("a.txt", "hello")->Prepare();
  for (const auto* handle :
       {"", "../../etc/passwd:1:2", ".octo~/../x:1:2", ".octo~x:1", ".octo~x:a:b"}) {
    object.handle = handle;
    EXPECT_THROW(store_.Publish(object, {}), Error) << handle;
  }
}

TEST_F(FolderStoreTest, AFileThatShrinksWhileItIsReadIsAnErrorNotAnEnd) {
  store_.Publish(Sink("a.txt", std::string(100'000, 'x'))->Prepare(), {});
  const auto source = store_.Open("a.txt", {}, {});
  std::array<std::byte, 100> buffer;
  ASSERT_EQ(source->Read(buffer), buffer.size());
  fs::resize_file(root_ / "a.txt", 100);
  EXPECT_THROW(source->Read(buffer), Error);
  fs::resize_file(root_ / "a.txt", 100'000);
  EXPECT_THROW(source->Read(buffer), Error) << "the error is sticky";
}

// Runs `body` in a child process, which may change what it is and sees; its exit code.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST_F(FolderStoreTest, RefusedPermissionsAreTheDestinations) {
  fs::create_directories(root_);
  fs::permissions(folder_.path(),
                  fs::perms::owner_all | fs::perms::others_read | fs::perms::others_exec);
  fs::permissions(root_, fs::perms::owner_read | fs::perms::others_read);
  const int code = InChild([&] {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) return 3;
    try {
      FolderStore(root_).Create("a.txt", {}, {});
      return 1;
    } catch (const Error& error) {
      const bool right = error.kind == ErrorKind::kDenied &&
                         error.scope == ErrorScope::kDestination && !error.hint.empty();
      return right ? 0 : 2;
    }
  });
  EXPECT_EQ(code, 0);
}

TEST_F(FolderStoreTest, AFullDiskIsTheDestinationsAndLeavesNothing) {
  fs::create_directories(root_);
  constexpr int kNoMount = 77;
  const int code = InChild([&] {
    // In a mount table of its own: the small disk goes with the child, whatever happens.
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0 ||
        mount("octo", root_.c_str(), "tmpfs", 0, "size=1m") != 0) {
      return kNoMount;
    }
    const auto sink = Sink("in/a.txt", "begin");
    const std::string much(4 << 20, 'x');
    for (int i = 0; i < 2; ++i) {
      try {
        sink->Write(std::as_bytes(std::span(much)));
        return 1;
      } catch (const Error& error) {
        if (error.scope != ErrorScope::kDestination || error.kind != ErrorKind::kTransient)
          return 2;
        if (error.message.find("in/a.txt") == std::string::npos) return 3;
        if (error.hint.find("free some space") == std::string::npos) return 4;
      }
    }
    return TemporaryFiles(root_).empty() ? 0 : 5;
  });
  if (code == kNoMount) GTEST_SKIP() << "no right to mount a small file system here";
  EXPECT_EQ(code, 0);
}

TEST_F(FolderStoreTest, AnEmptyFolderIsInNobodysWayAndAFullOneIs) {
  fs::create_directories(root_ / "empty.txt");
  fs::create_directories(root_ / "full.txt");
  std::ofstream(root_ / "full.txt" / "a") << "a";
  Sink("empty.txt", "x");
  EXPECT_THROW(Sink("full.txt", "x"), Error);
}

}  // namespace
}  // namespace octo::storage
