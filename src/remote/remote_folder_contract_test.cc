#include "remote/remote_folder_contract.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "remote/sftp/test_vendor.h"
#include "stream/memory_source.h"

namespace octo::remote {

using sftp::SampleBytes;

void RemoteFolderContract::WriteLocally(const std::string& name, const std::string& content) const {
  std::ofstream file(local() / name, std::ios::binary);
  file << content;
  file.close();
  ASSERT_TRUE(file) << name;
}

std::string RemoteFolderContract::ReadLocally(const std::string& name) const {
  std::ifstream file(local() / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string RemoteFolderContract::ReadWhole(const std::string& path, uint64_t offset,
                                            const stream::Context& context) {
  const auto file = folder().Open(path, offset, context);
  return stream::ReadAll(*file);
}

Error RemoteFolderContract::ErrorOfReading(RemoteFile& file) {
  try {
    stream::ReadAll(file);
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::kBug, ErrorScope::kProcess, "test", "it was read without an error"};
}

namespace {

// Runs a call that must fail, and gives its error.
template <typename Function>
Error ErrorOf(Function function) {
  try {
    function();
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::kBug, ErrorScope::kProcess, "test", "there was no error"};
}

constexpr size_t kLarge = 12 << 20;  // more than any implementation reads ahead at first

const std::vector<std::string> kOddNames = {
    "with spaces.csv",    "Übersicht – März.pdf", "a;b|c&d.csv", "line\nbreak.txt", "-rf.txt",
    "quote'\".csv",       "$HOME `id`.txt",       "*?.csv",      "latin1-\xe9.csv", ".hidden",
    std::string(255, 'n')};

TEST_P(RemoteFolderContract, ListsWhatIsThereWithSizesAndTimes) {
  WriteLocally("a.csv", "12345");
  WriteLocally("empty", "");
  std::filesystem::create_directory(local() / "sub");
  WriteLocally("sub/hidden.csv", "x");
  std::filesystem::create_symlink("a.csv", local() / "link.csv");
  std::map<std::string, RemoteEntry> entries;
  folder().List([&](const RemoteEntry& entry) { entries[entry.path] = entry; }, {});
  ASSERT_EQ(entries.size(), 4U);
  EXPECT_EQ(entries["a.csv"].bytes, 5U);
  EXPECT_TRUE(entries["a.csv"].is_file);
  EXPECT_EQ(entries["empty"].bytes, 0U);
  EXPECT_FALSE(entries["sub"].is_file);
  EXPECT_TRUE(entries["link.csv"].is_file);
  EXPECT_EQ(entries["link.csv"].bytes, 5U);
  struct stat attributes {};
  ASSERT_EQ(stat((local() / "a.csv").c_str(), &attributes), 0);
  EXPECT_EQ(std::chrono::floor<std::chrono::seconds>(entries["a.csv"].modified)
                .time_since_epoch()
                .count(),
            attributes.st_mtim.tv_sec);
}

TEST_P(RemoteFolderContract, ListsTwentyThousandNamesEachOnce) {
  std::set<std::string> expected;
  for (int i = 0; i < 20000; ++i) {
    const std::string name = "file-" + std::to_string(i) + ".csv";
    close(open((local() / name).c_str(), O_WRONLY | O_CREAT, 0644));
    expected.insert(name);
  }
  std::multiset<std::string> names;
  folder().List([&](const RemoteEntry& entry) { names.insert(entry.path); }, {});
  EXPECT_EQ(names.size(), expected.size());
  EXPECT_TRUE(std::equal(names.begin(), names.end(), expected.begin(), expected.end()));
}

TEST_P(RemoteFolderContract, ReadsNamesOfAnyBytes) {
  for (const auto& name : kOddNames) WriteLocally(name, "content of " + name);
  std::set<std::string> names;
  folder().List([&](const RemoteEntry& entry) { names.insert(entry.path); }, {});
  for (const auto& name : kOddNames) {
    EXPECT_TRUE(names.contains(name)) << name;
    EXPECT_EQ(ReadWhole(name), "content of " + name);
    ASSERT_TRUE(folder().Stat(name, {})) << name;
  }
}

TEST_P(RemoteFolderContract, PutsAndRenamesNamesOfAnyBytes) {
  for (const auto& name : kOddNames) {
    stream::MemorySource content("new " + name);
    folder().Put("done/" + name, content, {});
    folder().Rename("done/" + name, name, {});
    EXPECT_EQ(ReadLocally(name), "new " + name);
  }
}

TEST_P(RemoteFolderContract, ReadsAnEmptyFileToItsEnd) {
  WriteLocally("empty", "");
  const auto file = folder().Open("empty", 0, {});
  EXPECT_EQ(file->AtOpen().bytes, 0U);
  std::byte byte{};
  EXPECT_EQ(file->Read({&byte, 1}), 0U);
  EXPECT_EQ(file->Read({&byte, 1}), 0U);
}

TEST_P(RemoteFolderContract, ReadsALargeFileAndTellsItsProgress) {
  const std::string content = SampleBytes(kLarge + 4321);
  WriteLocally("large", content);
  stream::Progress progress;
  stream::Context context;
  context.progress = &progress;
  EXPECT_TRUE(ReadWhole("large", 0, context) == content);
  EXPECT_EQ(progress.bytes, content.size());
}

TEST_P(RemoteFolderContract, ReadsFromAnOffset) {
  const std::string content = SampleBytes(3 << 20);
  WriteLocally("file", content);
  for (const size_t offset : {size_t{1}, size_t{1} << 20, content.size() - 1, content.size()}) {
    EXPECT_TRUE(ReadWhole("file", offset) == content.substr(offset)) << offset;
  }
}

TEST_P(RemoteFolderContract, RefusesAnOffsetBeyondTheEndAsIncomplete) {
  WriteLocally("file", "short");
  const Error error = ErrorOf([&] { folder().Open("file", 6, {}); });
  EXPECT_EQ(error.kind, ErrorKind::kIncomplete) << error.message;
}

TEST_P(RemoteFolderContract, ReadsManyFilesAtOnce) {
  constexpr int kFiles = 24;
  std::vector<std::string> contents;
  for (int i = 0; i < kFiles; ++i) {
    contents.push_back(SampleBytes(static_cast<size_t>(i) * 50000, static_cast<unsigned>(i)));
    WriteLocally("f" + std::to_string(i), contents.back());
  }
  std::vector<std::string> read(kFiles);
  {
    std::vector<std::jthread> threads;
    for (size_t i = 0; i < kFiles; ++i) {
      threads.emplace_back([&, i] { read[i] = ReadWhole("f" + std::to_string(i)); });
    }
  }
  EXPECT_TRUE(read == contents);
}

TEST_P(RemoteFolderContract, AMissingFileIsPermanentForTheDelivery) {
  const Error error = ErrorOf([&] { folder().Open("missing", 0, {}); });
  EXPECT_EQ(error.kind, ErrorKind::kPermanent) << error.message;
  EXPECT_EQ(error.scope, ErrorScope::kDelivery);
  EXPECT_NE(error.message.find("missing"), std::string::npos);
  EXPECT_FALSE(folder().Stat("missing", {}));
}

TEST_P(RemoteFolderContract, RefusesToReadAFolder) {
  std::filesystem::create_directory(local() / "sub");
  EXPECT_EQ(ErrorOf([&] { folder().Open("sub", 0, {}); }).kind, ErrorKind::kPermanent);
}

TEST_P(RemoteFolderContract, RefusesPathsThatLeaveTheFolder) {
  for (const std::string path : {"", "/etc/passwd", "../x", "a/../../x", ".."}) {
    EXPECT_EQ(ErrorOf([&] { folder().Open(path, 0, {}); }).kind, ErrorKind::kUsage) << path;
    EXPECT_EQ(ErrorOf([&] { folder().Remove(path, {}); }).kind, ErrorKind::kUsage) << path;
  }
}

TEST_P(RemoteFolderContract, AFileThatGrowsIsIncompleteNeverAnEnd) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto file = folder().Open("file", 0, {});
  std::vector<std::byte> some(1000);
  file->Read(some);
  std::ofstream(local() / "file", std::ios::app) << "more";
  const Error error = ErrorOfReading(*file);
  EXPECT_EQ(error.kind, ErrorKind::kIncomplete) << error.message;
  EXPECT_EQ(error.scope, ErrorScope::kDelivery);
}

TEST_P(RemoteFolderContract, AFileThatShrinksIsIncompleteNeverAnEnd) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto file = folder().Open("file", 0, {});
  std::filesystem::resize_file(local() / "file", kLarge - 1);
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kIncomplete);
}

TEST_P(RemoteFolderContract, AFileRewrittenAtTheSameSizeIsIncompleteNeverAnEnd) {
  WriteLocally("file", SampleBytes(kLarge));
  std::filesystem::last_write_time(
      local() / "file", std::filesystem::file_time_type::clock::now() - std::chrono::hours(1));
  const auto file = folder().Open("file", 0, {});
  std::vector<std::byte> some(1000);
  file->Read(some);
  WriteLocally("file", SampleBytes(kLarge, 2));
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kIncomplete);
}

TEST_P(RemoteFolderContract, AFileReplacedByAnotherIsIncompleteNeverAnEnd) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto file = folder().Open("file", 0, {});
  WriteLocally("other", "new");
  std::filesystem::rename(local() / "other", local() / "file");
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kIncomplete);
}

TEST_P(RemoteFolderContract, AFileRemovedMeanwhileIsIncompleteNeverAnEnd) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto file = folder().Open("file", 0, {});
  std::filesystem::remove(local() / "file");
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kIncomplete);
}

TEST_P(RemoteFolderContract, AFailureStays) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto file = folder().Open("file", 0, {});
  std::filesystem::resize_file(local() / "file", kLarge / 2);
  const Error first = ErrorOfReading(*file);
  const Error second = ErrorOfReading(*file);
  EXPECT_EQ(first.kind, ErrorKind::kIncomplete);
  EXPECT_EQ(second.kind, first.kind);
  EXPECT_EQ(second.message, first.message);
}

TEST_P(RemoteFolderContract, ReadsWithinTheMemoryBudgetAndGivesItBack) {
  const std::string content = SampleBytes(kLarge);
  WriteLocally("file", content);
  stream::MemoryBudget budget(2 << 20);
  stream::Context context;
  context.budget = &budget;
  EXPECT_TRUE(ReadWhole("file", 0, context) == content);
  EXPECT_EQ(budget.used(), 0U);
  folder().Open("file", 0, context);
  EXPECT_EQ(budget.used(), 0U);
}

TEST_P(RemoteFolderContract, CancelledReadsAndListingsSaySo) {
  WriteLocally("file", SampleBytes(kLarge));
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  const auto file = folder().Open("file", 0, context);
  stop.request_stop();
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kCancelled);
  EXPECT_EQ(ErrorOfReading(*file).kind, ErrorKind::kCancelled);
  EXPECT_EQ(ErrorOf([&] { folder().List([](const RemoteEntry&) {}, context); }).kind,
            ErrorKind::kCancelled);
}

TEST_P(RemoteFolderContract, AFileMayBeLeftUnreadAtOnce) {
  WriteLocally("file", SampleBytes(kLarge));
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 0; i < 20; ++i) folder().Open("file", 0, {});
  const auto file = folder().Open("file", 0, {});
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(20));
  EXPECT_EQ(stream::ReadAll(*file).size(), kLarge);
}

TEST_P(RemoteFolderContract, RemovesAndFindsARemovalDoneBeforeFine) {
  WriteLocally("file", "x");
  folder().Remove("file", {});
  EXPECT_FALSE(std::filesystem::exists(local() / "file"));
  folder().Remove("file", {});
}

TEST_P(RemoteFolderContract, RenamesIntoAFolderThatItMakes) {
  WriteLocally("file", "x");
  folder().Rename("file", "done/2026/file", {});
  EXPECT_EQ(ReadLocally("done/2026/file"), "x");
  EXPECT_FALSE(std::filesystem::exists(local() / "file"));
  folder().Rename("file", "done/2026/file", {});  // done before
}

TEST_P(RemoteFolderContract, RenameNeverReplaces) {
  WriteLocally("from", "new");
  WriteLocally("to", "old");
  EXPECT_EQ(ErrorOf([&] { folder().Rename("from", "to", {}); }).kind, ErrorKind::kConflict);
  EXPECT_EQ(ReadLocally("to"), "old");
  EXPECT_EQ(ReadLocally("from"), "new");
}

TEST_P(RemoteFolderContract, RenamingWhatIsNotThereIsPermanent) {
  EXPECT_EQ(ErrorOf([&] { folder().Rename("missing", "to", {}); }).kind, ErrorKind::kPermanent);
}

TEST_P(RemoteFolderContract, PutsAFileWholeAndOnlyWhole) {
  const std::string content = SampleBytes(kLarge);
  stream::MemorySource source(content, 10000);
  folder().Put("replies/file", source, {});
  EXPECT_TRUE(ReadLocally("replies/file") == content);
  const auto in_folder = std::filesystem::directory_iterator(local() / "replies");
  EXPECT_EQ(std::distance(begin(in_folder), end(in_folder)), 1);
}

TEST_P(RemoteFolderContract, PutNeverReplaces) {
  WriteLocally("file", "old");
  stream::MemorySource source("new");
  EXPECT_EQ(ErrorOf([&] { folder().Put("file", source, {}); }).kind, ErrorKind::kConflict);
  EXPECT_EQ(ReadLocally("file"), "old");
}

class FailingSource final : public stream::Source {
 public:
  size_t Read(std::span<std::byte> buffer) override {
    if (count_++ < 3) return buffer.size();
    throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "test", "the source is broken");
  }

 private:
  int count_ = 0;
};

TEST_P(RemoteFolderContract, PutLeavesNothingWhenItsSourceFails) {
  FailingSource source;
  EXPECT_EQ(ErrorOf([&] { folder().Put("file", source, {}); }).kind, ErrorKind::kCorrupt);
  // The removal of what was written may run behind; whatever is asked next comes after it.
  EXPECT_FALSE(folder().Stat("file", {}));
  EXPECT_TRUE(std::filesystem::is_empty(local()));
}

}  // namespace
}  // namespace octo::remote
