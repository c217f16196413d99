#include "remote/sftp/sftp_folder.h"

#include <gtest/gtest.h>

#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>
#include <vector>

#include "remote/remote_folder_contract.h"

#include "remote/sftp/test_vendor.h"
#include "stream/memory_source.h"

namespace octo::remote {
namespace {

using sftp::SampleBytes;
using sftp::TestVendor;

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

std::string ReadWhole(RemoteFolder& folder, const std::string& path) {
  const auto file = folder.Open(path, 0, {});
  return stream::ReadAll(*file);
}

// A window that wants all the channels there are.
SftpOptions Wide(const TestVendor& vendor) {
  SftpOptions options = vendor.Options();
  options.profile = R"({"window_bytes": 16777216})";
  return options;
}

TEST(SftpFolder, ReadsAFileOverManyChannelsByOneLogin) {
  const TestVendor vendor;
  const std::string content = SampleBytes(50 << 20);
  vendor.Write("tape.csv", content);
  const auto folder = MakeSftpFolder(Wide(vendor));
  EXPECT_TRUE(ReadWhole(*folder, "tape.csv") == content);
  EXPECT_EQ(vendor.Logins(), 1);
  EXPECT_EQ(vendor.Subsystems(), 8);
}

TEST(SftpFolder, ARefusedSessionTeachesTheCapWithoutASecondLogin) {
  for (const int cap : {1, 2}) {
    const TestVendor vendor({"--max-sessions", std::to_string(cap)});
    const std::string content = SampleBytes(40 << 20);
    vendor.Write("tape.csv", content);
    const auto folder = MakeSftpFolder(Wide(vendor));
    EXPECT_TRUE(ReadWhole(*folder, "tape.csv") == content);
    EXPECT_EQ(vendor.Logins(), 1);
    EXPECT_NE(folder->LearnedProfile().find("\"max_sessions\":" + std::to_string(cap)),
              std::string::npos)
        << folder->LearnedProfile();
    // What was learned is used: no session is refused any more.
    SftpOptions again = vendor.Options();
    again.profile = folder->LearnedProfile();
    const auto refusals = vendor.Refusals();
    EXPECT_TRUE(ReadWhole(*MakeSftpFolder(again), "tape.csv") == content);
    EXPECT_EQ(vendor.Refusals(), refusals);
  }
}

TEST(SftpFolder, MoreSessionsThanAllowedAreNeverTried) {
  const TestVendor vendor;
  const std::string content = SampleBytes(40 << 20);
  vendor.Write("tape.csv", content);
  SftpOptions options = Wide(vendor);
  options.max_sessions = 3;
  EXPECT_TRUE(ReadWhole(*MakeSftpFolder(options), "tape.csv") == content);
  EXPECT_EQ(vendor.Subsystems(), 3);
}

TEST(SftpFolder, ADroppedConnectionIsMadeAnewAndReadingGoesOn) {
  const TestVendor vendor;
  const std::string content = SampleBytes(60 << 20);
  vendor.Write("tape.csv", content);
  const auto folder = MakeSftpFolder(Wide(vendor));
  const auto file = folder->Open("tape.csv", 0, {});
  std::string read;
  std::vector<std::byte> buffer(1 << 20);
  int kills = 0;
  while (const size_t count = file->Read(buffer)) {
    read.append(reinterpret_cast<const char*>(buffer.data()), count);
    if (kills < 2 && read.size() > static_cast<size_t>(kills + 1) * (15 << 20)) {
      vendor.KillSessions();
      ++kills;
    }
  }
  EXPECT_EQ(kills, 2);
  EXPECT_TRUE(read == content);
  EXPECT_GE(vendor.Logins(), 2);
}

TEST(SftpFolder, AFileThatChangedWhileDisconnectedIsIncomplete) {
  const TestVendor vendor;
  vendor.Write("tape.csv", SampleBytes(60 << 20));
  const auto folder = MakeSftpFolder(vendor.Options());
  const auto file = folder->Open("tape.csv", 0, {});
  std::vector<std::byte> buffer(1 << 20);
  file->Read(buffer);
  vendor.Write("tape.csv", SampleBytes(61 << 20));
  vendor.KillSessions();
  try {
    stream::ReadAll(*file);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kIncomplete) << error.message;
  }
}

TEST(SftpFolder, AnIdleConnectionThatWasDroppedIsMadeAnewWithoutAWord) {
  const TestVendor vendor;
  vendor.Write("a", "a");
  const auto folder = MakeSftpFolder(vendor.Options());
  EXPECT_EQ(ReadWhole(*folder, "a"), "a");
  vendor.KillSessions();
  EXPECT_EQ(ReadWhole(*folder, "a"), "a");
}

TEST(SftpFolder, ABandwidthCapIsKept) {
  const TestVendor vendor;
  vendor.Write("tape.csv", SampleBytes(4 << 20));
  SftpOptions options = vendor.Options();
  options.bytes_per_second = 2 << 20;
  const auto folder = MakeSftpFolder(options);
  folder->Stat("tape.csv", {});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(ReadWhole(*folder, "tape.csv").size(), size_t{4} << 20);
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(1500));
}

TEST(SftpFolder, AGentleServerGetsOneFileAtATimeAndNobodyWaitsForEver) {
  const TestVendor vendor;
  vendor.Write("first", SampleBytes(8 << 20));
  vendor.Write("second", "second");
  SftpOptions options = vendor.Options();
  options.pipeline = Pipeline::kGentle;
  const auto folder = MakeSftpFolder(options);
  stream::Context context;
  context.silence = std::chrono::milliseconds(500);
  auto first = folder->Open("first", 0, context);
  const auto second = folder->Open("second", 0, context);
  try {
    stream::ReadAll(*second);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
  }
  first.reset();
  EXPECT_EQ(ReadWhole(*folder, "second"), "second");
}

TEST(SftpFolder, ABlockedReadIsCancelledAtOnce) {
  const TestVendor vendor;
  vendor.Write("tape.csv", SampleBytes(30 << 20));
  const auto folder = MakeSftpFolder(vendor.Options());
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  const auto file = folder->Open("tape.csv", 0, context);
  vendor.Freeze();
  std::chrono::steady_clock::time_point stopped;
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    stopped = std::chrono::steady_clock::now();
    stop.request_stop();
  });
  EXPECT_THROW(stream::ReadAll(*file), Error);
  canceller.join();
  EXPECT_LT(std::chrono::steady_clock::now() - stopped, std::chrono::seconds(1));
}

int CountDescriptors() {
  const auto all = std::filesystem::directory_iterator("/proc/self/fd");
  return static_cast<int>(std::distance(begin(all), end(all)));
}

bool HasChildren() {
  const std::string self = std::to_string(getpid());
  std::ifstream file("/proc/" + self + "/task/" + self + "/children");
  int child = 0;
  return static_cast<bool>(file >> child);
}

TEST(SftpFolder, LeavesNoChildAndNoDescriptorBehind) {
  const TestVendor vendor;
  vendor.Write("tape.csv", SampleBytes(30 << 20));
  const int before = CountDescriptors();
  {
    const auto folder = MakeSftpFolder(Wide(vendor));
    const auto file = folder->Open("tape.csv", 0, {});
    std::byte byte{};
    file->Read({&byte, 1});
  }
  EXPECT_EQ(CountDescriptors(), before);
  EXPECT_FALSE(HasChildren());
}

TEST(SftpFolder, UsesNothingBeforeItIsAskedForSomething) {
  SftpOptions options;
  options.host = "vendor.invalid";
  options.user = "fund";
  options.folders = {"inbox/"};
  const auto folder = MakeSftpFolder(options);
  EXPECT_EQ(folder->Url(), "sftp://fund@vendor.invalid:22/inbox/");
  EXPECT_EQ(folder->LearnedProfile(), "");
}

TEST(SftpFolder, LearnsTheServersClockWhenItWrites) {
  const TestVendor vendor;
  const auto folder = MakeSftpFolder(vendor.Options());
  stream::MemorySource content("x");
  folder->Put("file", content, {});
  EXPECT_NE(folder->LearnedProfile().find("clock_offset_seconds"), std::string::npos);
}

}  // namespace
}  // namespace octo::remote
