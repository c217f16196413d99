#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <vector>

#include "base/error.h"
#include "stream/context.h"
#include "stream/faulty_source.h"
#include "stream/memory_source.h"
#include "stream/source.h"

// The promises of stream/source.h, as tests for every implementation. In the implementation's
// x_test.cc:
//
//   INSTANTIATE_TEST_SUITE_P(Gzip, SourceContract, testing::Values(SourceCase{
//       .name = "Gzip", .encode = GzipOf, .open = [](auto wire, auto context) { return
//       MakeGzipSource(...); }}));
namespace octo::stream {

struct SourceCase {
  std::string name;
  // What the implementation reads, for the given plain bytes.
  std::function<std::string(const std::string& plain)> encode = [](const std::string& plain) {
    return plain;
  };
  // The implementation, reading `wire` (blocking reads of which end when context.stop is
  // requested).
  std::function<std::unique_ptr<Source>(std::unique_ptr<Source> wire, const Context& context)> open;
  // Whether it can tell that its wire was cut (false for mere taps: a plain stream has no framing
  // of its own).
  bool notices_truncation = false;
  // Check a cut or an error at every n-th byte of the wire only (for slow implementations).
  size_t stride = 1;
};

inline void PrintTo(const SourceCase& source_case, std::ostream* out) { *out << source_case.name; }

class SourceContract : public testing::TestWithParam<SourceCase> {
 protected:
  // Plain bytes that compress a little, so that every codec has something to do.
  static std::string Plain(size_t bytes) {
    std::string text;
    uint64_t state = 42;
    while (text.size() < bytes) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += "loan," + std::to_string(state >> 40) + ",current\n";
    }
    text.resize(bytes);
    return text;
  }

  std::unique_ptr<Source> Open(std::unique_ptr<Source> wire, std::stop_token stop = {}) {
    return GetParam().open(std::move(wire),
                           Context{.stop = std::move(stop), .silence = std::chrono::seconds(20)});
  }

  std::unique_ptr<Source> OpenBytes(std::string wire, size_t most_at_once = SIZE_MAX) {
    return Open(std::make_unique<MemorySource>(std::move(wire), most_at_once));
  }

  struct Outcome {
    std::string bytes;
    std::optional<Error> error;
  };
  // Reads to the end or the first error.
  static Outcome Drain(Source& source) {
    Outcome outcome;
    std::vector<std::byte> buffer(1 << 16);
    try {
      while (const size_t bytes = source.Read(buffer)) {
        outcome.bytes.append(reinterpret_cast<const char*>(buffer.data()), bytes);
      }
    } catch (const Error& error) {
      outcome.error = error;
    }
    return outcome;
  }

  static size_t Threads() {
    size_t count = 0;
    for ([[maybe_unused]] const auto& entry :
         std::filesystem::directory_iterator("/proc/self/task"))
      ++count;
    return count;
  }
};

TEST_P(SourceContract, GivesTheBytesForAnyBufferSize) {
  const std::string plain = Plain(100'000);
  const std::string wire = GetParam().encode(plain);
  for (const size_t size : {size_t{1}, size_t{7}, size_t{4096}, size_t{1} << 20}) {
    const auto source = OpenBytes(wire);
    std::string got;
    std::vector<std::byte> buffer(size);
    while (const size_t bytes = source->Read(buffer)) {
      ASSERT_LE(bytes, size);
      got.append(reinterpret_cast<const char*>(buffer.data()), bytes);
    }
    ASSERT_EQ(got, plain) << "buffer of " << size;
  }
}

TEST_P(SourceContract, CopesWithShortReadsOfWhatItWraps) {
  const std::string plain = Plain(20'000);
  const std::string wire = GetParam().encode(plain);
  for (const size_t most : {size_t{1}, size_t{3}, size_t{1000}}) {
    EXPECT_EQ(ReadAll(*OpenBytes(wire, most)), plain) << "at most " << most;
  }
}

TEST_P(SourceContract, EmptyContentIsAVerifiedEnd) {
  EXPECT_EQ(ReadAll(*OpenBytes(GetParam().encode(""))), "");
}

TEST_P(SourceContract, TheEndIsSticky) {
  const auto source = OpenBytes(GetParam().encode(Plain(1000)));
  ReadAll(*source);
  std::byte one{};
  EXPECT_EQ(source->Read({&one, 1}), 0u);
  EXPECT_EQ(source->Read({&one, 1}), 0u);
}

TEST_P(SourceContract, AnErrorOfWhatItWrapsIsItsErrorAndSticky) {
  const std::string plain = Plain(3000);
  const std::string wire = GetParam().encode(plain);
  for (size_t position = 0; position <= wire.size(); position += GetParam().stride) {
    const auto source = Open(std::make_unique<FailingSource>(
        std::make_unique<MemorySource>(wire), position,
        Error(ErrorKind::kTransient, ErrorScope::kProvider, "download", "the line was cut")));
    const Outcome outcome = Drain(*source);
    ASSERT_TRUE(outcome.error) << "ended cleanly with the wire failing at " << position;
    EXPECT_EQ(outcome.error->kind, ErrorKind::kTransient) << Describe(*outcome.error);
    EXPECT_EQ(outcome.error->stage, "download");
    EXPECT_EQ(outcome.bytes, plain.substr(0, outcome.bytes.size()));
    std::byte one{};
    EXPECT_THROW(source->Read({&one, 1}), Error) << "the error was forgotten at " << position;
  }
}

TEST_P(SourceContract, ACutWireIsNeverACleanEnd) {
  if (!GetParam().notices_truncation) return;  // a tap: truncation is noticed by what it wraps
  const std::string plain = Plain(3000);
  const std::string wire = GetParam().encode(plain);
  for (size_t length = 0; length < wire.size(); length += GetParam().stride) {
    const auto source = OpenBytes(wire.substr(0, length));
    const Outcome outcome = Drain(*source);
    if (length == 0 && !outcome.error && outcome.bytes.empty())
      continue;  // nothing at all is an empty file
    ASSERT_TRUE(outcome.error) << "ended cleanly when cut at " << length << " of " << wire.size();
    EXPECT_TRUE(outcome.error->kind == ErrorKind::kIncomplete ||
                outcome.error->kind == ErrorKind::kCorrupt)
        << Describe(*outcome.error);
    std::byte one{};
    EXPECT_THROW(source->Read({&one, 1}), Error) << "the error was forgotten at " << length;
  }
}

TEST_P(SourceContract, ABlockedReadEndsWhenCancelled) {
  const std::string wire = GetParam().encode(Plain(200'000));
  std::stop_source stop;
  const auto source = Open(std::make_unique<StallingSource>(std::make_unique<MemorySource>(wire),
                                                            wire.size() / 2, stop.get_token()),
                           stop.get_token());
  std::jthread canceller([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    stop.request_stop();
  });
  const Outcome outcome = Drain(*source);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kCancelled);
}

TEST_P(SourceContract, MayBeDestroyedAtAnyTimeAndLeavesNoThread) {
  const std::string wire = GetParam().encode(Plain(500'000));
  const size_t threads = Threads();
  for (const size_t reads : {0, 1, 2, 5}) {
    const auto source = OpenBytes(wire);
    std::vector<std::byte> buffer(1000);
    for (size_t i = 0; i < reads; ++i) source->Read(buffer);
  }
  for (int look = 0; look < 500 && Threads() > threads; ++look)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_LE(Threads(), threads);
}

}  // namespace octo::stream
