#include "remote/sftp/window.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "remote/sftp/profile.h"
#include "remote/sftp/rate_limit.h"

namespace octo::remote::sftp {
namespace {

using std::chrono::microseconds;

// A path whose speed is bytes in flight over the round trip, up to a limit; the time is the test's
// own.
class Path {
 public:
  Path(double round_trip_seconds, double most_bytes_per_second)
      : round_trip_(round_trip_seconds), most_(most_bytes_per_second) {}

  void Transfer(Window& window, uint64_t bytes, bool held_back = true) {
    for (uint64_t done = 0; done < bytes; done += kPiece) {
      const double rate = std::min(static_cast<double>(window.bytes()) / round_trip_, most_);
      now_ += microseconds(static_cast<int64_t>(kPiece / rate * 1e6));
      window.Received(kPiece, now_, held_back);
    }
  }
  Window::Time now() const { return now_; }

 private:
  static constexpr uint64_t kPiece = 32 << 10;
  const double round_trip_;
  const double most_;
  Window::Time now_ = Window::Time() + std::chrono::hours(1);
};

TEST(Window, GrowsToTheMostOnADistantServer) {
  Window window(Window::Limits{});
  Path path(0.04, 1e12);
  path.Transfer(window, 200 << 20);
  EXPECT_EQ(window.bytes(), size_t{16} << 20);
  EXPECT_EQ(window.Channels(), 8U);
}

TEST(Window, StopsGrowingWhereItNoLongerHelps) {
  Window window(Window::Limits{});
  Path path(0.04, 50e6);  // full at 2 MB in flight
  path.Transfer(window, 100 << 20);
  EXPECT_LE(window.bytes(), size_t{4} << 20);
  EXPECT_GE(window.bytes(), size_t{2} << 20);
}

TEST(Window, LearnsNothingWhileTheReaderIsTheSlowOne) {
  Window window(Window::Limits{});
  Path path(0.04, 1e12);
  path.Transfer(window, 200 << 20, false);
  EXPECT_EQ(window.bytes(), size_t{1} << 20);
}

TEST(Window, HalvesOnAStallAndDoesNotSoonGrowBack) {
  Window window(Window::Limits{.start = 8 << 20});
  Path path(0.04, 1e12);
  window.Stalled(path.now());
  EXPECT_EQ(window.bytes(), size_t{4} << 20);
  EXPECT_EQ(window.ceiling(), size_t{4} << 20);
  path.Transfer(window, 500 << 20);
  EXPECT_EQ(window.bytes(), size_t{4} << 20);
  for (int i = 0; i < 20; ++i) window.Stalled(path.now());
  EXPECT_EQ(window.bytes(), Window::Limits{}.least);
}

TEST(Window, TriesAgainAfterALongWhile) {
  Window window(Window::Limits{.start = 8 << 20});
  Path path(0.04, 1e12);
  window.Stalled(path.now());
  path.Transfer(window, uint64_t{80} << 30);  // at 100 MB/s
  EXPECT_GT(window.bytes(), size_t{4} << 20);
}

TEST(Window, KeepsAboutEightReadsInFlightWithinTheServersLimit) {
  EXPECT_EQ(Window({.start = 1 << 20}).RequestBytes(261120), 128U << 10);
  EXPECT_EQ(Window({.start = 16 << 20}).RequestBytes(261120), 261120U);
  EXPECT_EQ(Window({.start = 128 << 10}).RequestBytes(261120), 32U << 10);
  EXPECT_EQ(Window({.start = 1 << 20}).RequestBytes(1000), 1000U);
}

TEST(RateLimit, LetsThroughTheRateOverTime) {
  RateLimit limit(1000);
  RateLimit::Time now = RateLimit::Time() + std::chrono::hours(1);
  uint64_t taken = 0;
  for (int i = 0; i < 10000; ++i, now += std::chrono::milliseconds(1))
    taken += limit.Take(300, now) ? 300 : 0;
  EXPECT_NEAR(static_cast<double>(taken), 10000, 700);
  std::chrono::milliseconds pause{};
  EXPECT_TRUE(limit.TakeRefusal(pause));
  EXPECT_FALSE(limit.TakeRefusal(pause));
}

TEST(RateLimit, ZeroIsNoLimit) {
  RateLimit limit(0);
  EXPECT_TRUE(limit.Take(SIZE_MAX, {}));
  EXPECT_TRUE(limit.Take(SIZE_MAX, {}));
}

TEST(Profile, SurvivesItsTextAndForgivesGarbage) {
  const Profile profile{.window_bytes = 1 << 20,
                        .window_ceiling = 2 << 20,
                        .max_sessions = 3,
                        .clock_offset_seconds = -7};
  const Profile again = ParseProfile(FormatProfile(profile));
  EXPECT_EQ(again.window_bytes, profile.window_bytes);
  EXPECT_EQ(again.window_ceiling, profile.window_ceiling);
  EXPECT_EQ(again.max_sessions, profile.max_sessions);
  EXPECT_EQ(again.clock_offset_seconds, profile.clock_offset_seconds);
  EXPECT_EQ(FormatProfile({}), "");
  for (const char* text : {"", "{", "[]", "3", R"({"window_bytes": -1, "max_sessions": "x"})"}) {
    EXPECT_TRUE(ParseProfile(text).empty()) << text;
  }
}

}  // namespace
}  // namespace octo::remote::sftp
