#include <gtest/gtest.h>

#include <new>
#include <stdexcept>
#include <type_traits>

#include "base/error.h"
#include "base/secret.h"
#include "base/time.h"

namespace octo {
namespace {

TEST(Error, NamesGoThereAndBack) {
  for (const auto kind : {ErrorKind::kTransient, ErrorKind::kIncomplete, ErrorKind::kPermanent,
                          ErrorKind::kCorrupt, ErrorKind::kDenied, ErrorKind::kConflict,
                          ErrorKind::kCancelled, ErrorKind::kUsage, ErrorKind::kBug}) {
    EXPECT_EQ(ErrorKindFromName(Name(kind)), kind);
  }
  for (const auto scope : {ErrorScope::kDelivery, ErrorScope::kProvider, ErrorScope::kDestination,
                           ErrorScope::kProcess}) {
    EXPECT_EQ(ErrorScopeFromName(Name(scope)), scope);
  }
  EXPECT_EQ(ErrorKindFromName("nonsense"), ErrorKind::kBug);
}

TEST(Error, DescribeTellsStageReasonAndHint) {
  const Error error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "decrypt",
                    "the message was tampered with", "ask the vendor to send it again");
  EXPECT_EQ(
      Describe(error),
      "decrypt: the message was tampered with (corrupt). Hint: ask the vendor to send it again");
}

TEST(Error, ForeignExceptionsBecomeErrorsWithTheStage) {
  const auto caught = [](auto thrown) {
    try {
      throw thrown;
    } catch (...) {
      return CurrentError("unpack");
    }
  };
  EXPECT_EQ(caught(std::bad_alloc()).kind, ErrorKind::kTransient);
  EXPECT_EQ(caught(std::logic_error("x")).kind, ErrorKind::kBug);
  EXPECT_EQ(caught(std::logic_error("x")).stage, "unpack");
  EXPECT_EQ(caught(Error(ErrorKind::kDenied, ErrorScope::kProvider, "login", "refused")).stage,
            "login");
}

TEST(Secret, CannotBePrintedAndMovesLeaveNothing) {
  static_assert(!std::is_convertible_v<Secret, std::string>);
  Secret secret("hunter2");
  const Secret moved = std::move(secret);
  EXPECT_EQ(moved.Reveal(), "hunter2");
  EXPECT_TRUE(secret.empty());  // NOLINT: that is what is tested
}

TEST(Time, FormatsAndParsesRfc3339) {
  const auto time = ParseTime("2026-02-28T23:59:59.000120Z");
  ASSERT_TRUE(time);
  EXPECT_EQ(FormatTime(*time), "2026-02-28T23:59:59.000120Z");
  EXPECT_EQ(FormatDate(*time), "2026-02-28");
  EXPECT_EQ(FormatTime(*ParseTime("2026-05-01T06:30:00Z")), "2026-05-01T06:30:00Z");
  EXPECT_EQ(FormatTime(*ParseTime("2026-05-01T06:30:00.5Z")), "2026-05-01T06:30:00.500000Z");
}

TEST(Time, RefusesWhatIsNoTime) {
  for (const auto text :
       {"", "2026-05-01", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-05-01T06:30:00",
        "2026-05-01T25:00:00Z", "2026-05-01T06:30:00+02:00"}) {
    EXPECT_FALSE(ParseTime(text)) << text;
  }
}

}  // namespace
}  // namespace octo
