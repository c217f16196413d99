// Servers that lie, break and stall: the content is right or there is an error, never a clean end
// of something else.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/error.h"
#include "remote/sftp/fake_server.h"
#include "remote/sftp/sftp_folder.h"
#include "remote/sftp/test_vendor.h"
#include "stream/memory_source.h"

namespace octo::remote::sftp {
namespace {

constexpr uint64_t kBytes = 5 << 20;

class LyingServer : public testing::Test {
 protected:
  ~LyingServer() override {
    folder_.reset();
    for (const char* suffix : {"", ".count", ".lock"}) std::filesystem::remove(state_ + suffix);
  }

  RemoteFolder& Start(const std::string& modes, Pipeline pipeline = Pipeline::kAdaptive) {
    std::string name = (std::filesystem::temp_directory_path() / "octo-fake-XXXXXX").string();
    close(mkstemp(name.data()));
    state_ = name;
    const std::string program = std::filesystem::read_symlink("/proc/self/exe");
    vendor_.emplace(
        std::vector<std::string>{"--sftp", program + " --fake-sftp " + modes + " " + state_});
    SftpOptions options = vendor_->Options();
    options.pipeline = pipeline;
    folder_ = MakeSftpFolder(std::move(options));
    return *folder_;
  }

  std::string Read(uint64_t bytes, std::chrono::milliseconds silence = std::chrono::seconds(20)) {
    stream::Context context;
    context.silence = silence;
    return stream::ReadAll(*folder_->Open("f" + std::to_string(bytes), 0, context));
  }

  Error ErrorOfReading(uint64_t bytes) {
    try {
      Read(bytes);
    } catch (const Error& error) {
      return error;
    }
    return {ErrorKind::kBug, ErrorScope::kProcess, "test", "it was read without an error"};
  }

  // How often each byte was sent.
  uint64_t BytesSent() const {
    std::ifstream file(state_);
    uint64_t total = 0;
    for (uint64_t offset = 0, bytes = 0; file >> offset >> bytes;) total += bytes;
    return total;
  }

  std::optional<TestVendor> vendor_;
  std::unique_ptr<RemoteFolder> folder_;
  std::string state_;
};

TEST_F(LyingServer, ShortReadsAreAskedAgainWhereTheyEnded) {
  Start("short");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
  EXPECT_EQ(BytesSent(), kBytes);
}

TEST_F(LyingServer, ShortReadsWithLargeRequestsToo) {
  Start("short,limits");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
  EXPECT_EQ(BytesSent(), kBytes);
}

TEST_F(LyingServer, AnswersInAnyOrderAreSorted) {
  Start("reorder,limits");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
  EXPECT_TRUE(Read(1000) == FakeContent(1000));
  EXPECT_TRUE(Read(0).empty());
}

TEST_F(LyingServer, ShortAndReorderedSmallFilesAreRight) {
  Start("reorder,short,limits");
  for (const uint64_t bytes : {1, 100, 30000, 100000, 300000})
    EXPECT_TRUE(Read(bytes) == FakeContent(bytes));
}

TEST_F(LyingServer, AStallIsEndedByTheWatchdogAndReadingGoesOn) {
  Start("hang=20,limits");
  EXPECT_TRUE(Read(kBytes, std::chrono::milliseconds(700)) == FakeContent(kBytes));
  EXPECT_EQ(BytesSent(), kBytes);
}

TEST_F(LyingServer, AServerThatHangsUnderDeepPipelinesIsReadGently) {
  Start("deep=16", Pipeline::kGentle);
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
  EXPECT_EQ(vendor_->Logins(), 1);
}

TEST_F(LyingServer, AServerThatHangsUnderDeepPipelinesTeachesTheDepthItBears) {
  RemoteFolder& folder = Start("deep=10,limits");
  EXPECT_TRUE(Read(kBytes, std::chrono::milliseconds(700)) == FakeContent(kBytes));
  EXPECT_NE(folder.LearnedProfile().find("window_ceiling"), std::string::npos)
      << folder.LearnedProfile();
}

TEST_F(LyingServer, AChannelThatClosesAgainAndAgainIsReadOnFromWhereItEnded) {
  Start("close=40,limits");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
  EXPECT_EQ(vendor_->Logins(), 1);
}

TEST_F(LyingServer, AServerThatNeverAnswersARead) {
  Start("close=1");
  const Error error = ErrorOfReading(kBytes);
  EXPECT_EQ(error.kind, ErrorKind::kTransient) << error.message;
}

TEST_F(LyingServer, AReadThatFailsOnceIsAskedAgain) {
  Start("refuse=7");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
}

TEST_F(LyingServer, GarbageInTheMiddleNeverReachesTheReader) {
  Start("garbage=9");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
}

TEST_F(LyingServer, AnOversizedPacketNeverReachesTheReader) {
  Start("oversized=9");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
}

TEST_F(LyingServer, AnAnswerToNoRequestEndsTheChannelOnly) {
  Start("unknown=9");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
}

TEST_F(LyingServer, MoreContentThanAskedForNeverReachesTheReader) {
  Start("more=9");
  EXPECT_TRUE(Read(kBytes) == FakeContent(kBytes));
}

TEST_F(LyingServer, ASizeThatKeepsChangingIsIncomplete) {
  Start("grow");
  EXPECT_EQ(ErrorOfReading(kBytes).kind, ErrorKind::kIncomplete);
  EXPECT_EQ(ErrorOfReading(1000).kind, ErrorKind::kIncomplete);
}

TEST_F(LyingServer, AServerThatOpensOneFileOnlyIsReadThroughOneHandle) {
  Start("one-handle,limits");
  EXPECT_TRUE(Read(30 << 20) == FakeContent(30 << 20));
}

TEST_F(LyingServer, AServerThatGreetsWithTextIsRefusedWithAHint) {
  Start("greeting");
  const Error error = ErrorOfReading(kBytes);
  EXPECT_EQ(error.kind, ErrorKind::kPermanent) << error.message;
  EXPECT_EQ(error.scope, ErrorScope::kProvider);
  EXPECT_NE(error.hint.find("print nothing"), std::string::npos);
}

}  // namespace
}  // namespace octo::remote::sftp
