#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <atomic>
#include <thread>

#include "stream/byte_queue.h"
#include "stream/context.h"
#include "stream/memory_budget.h"
#include "stream/memory_source.h"
#include "stream/peek_source.h"
#include "stream/read_ahead.h"
#include "stream/source_contract.h"
#include "stream/taps.h"

namespace octo::stream {
namespace {

// Keeps what it is given; fails when it has had `most` bytes.
class MemorySink final : public Sink {
 public:
  explicit MemorySink(std::string& into, size_t most = SIZE_MAX) : into_(into), most_(most) {}
  void Write(std::span<const std::byte> data) override {
    if (into_.size() + data.size() > most_)
      throw Error(ErrorKind::kTransient, ErrorScope::kDestination, "upload", "full");
    into_.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  PreparedObject Prepare() override { return {.bytes = into_.size()}; }

 private:
  std::string& into_;
  size_t most_;
};

template <typename Owner, typename Wrapped>
class Owning final : public Source {
 public:
  template <typename Make>
  explicit Owning(Make make) : wrapped_(make(owner_)) {}
  size_t Read(std::span<std::byte> buffer) override { return wrapped_->Read(buffer); }

 private:
  Owner owner_{};
  std::unique_ptr<Wrapped> wrapped_;
};

INSTANTIATE_TEST_SUITE_P(
    Stream, SourceContract,
    testing::Values(
        SourceCase{.name = "ReadAhead",
                   .open =
                       [](auto wire, auto& context) {
                         return std::make_unique<ReadAhead>(std::move(wire), 4096, context.stop);
                       }},
        SourceCase{
            .name = "Peek",
            .open = [](auto wire, auto&) { return std::make_unique<PeekSource>(std::move(wire)); }},
        SourceCase{.name = "Hashing",
                   .open =
                       [](auto wire, auto&) {
                         return std::make_unique<Owning<HashResult, HashingSource>>(
                             [&](HashResult& result) {
                               return std::make_unique<HashingSource>(std::move(wire), result);
                             });
                       }},
        SourceCase{.name = "Counting",
                   .open =
                       [](auto wire, auto&) {
                         return std::make_unique<Owning<Progress, CountingSource>>(
                             [&](Progress& progress) {
                               return std::make_unique<CountingSource>(std::move(wire), progress);
                             });
                       }},
        SourceCase{.name = "Tee",
                   .open =
                       [](auto wire, auto&) {
                         struct Copy {
                           std::string bytes;
                           MemorySink sink{bytes};
                         };
                         return std::make_unique<Owning<Copy, TeeSource>>([&](Copy& copy) {
                           return std::make_unique<TeeSource>(std::move(wire), copy.sink);
                         });
                       }}),
    [](const auto& test) { return test.param.name; });

TEST(PeekSource, PeeksWithoutTaking) {
  PeekSource source(std::make_unique<MemorySource>("abcdef", 2));
  const auto peeked = source.Peek(4);
  EXPECT_EQ(std::string(reinterpret_cast<const char*>(peeked.data()), peeked.size()), "abcd");
  EXPECT_EQ(source.Peek(100).size(), 6u);
  EXPECT_EQ(ReadAll(source), "abcdef");
}

TEST(PeekSource, PeeksAgainAfterAPartialRead) {
  PeekSource source(std::make_unique<MemorySource>("abcdef"));
  source.Peek(4);
  std::byte two[2];
  EXPECT_EQ(source.Read(two), 2u);
  EXPECT_EQ(std::to_integer<char>(source.Peek(1).front()), 'c');
  EXPECT_EQ(ReadAll(source), "cdef");
}

TEST(HashingSource, HashesAndCountsWhatPasses) {
  HashResult result;
  HashingSource source(std::make_unique<MemorySource>("hello world", 3), result);
  EXPECT_EQ(result.sha256, "");
  ReadAll(source);
  EXPECT_EQ(result.bytes, 11u);
  EXPECT_EQ(result.sha256, "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9");
}

TEST(HashingSource, AFailedStreamHasNoHash) {
  HashResult result;
  HashingSource source(std::make_unique<FailingSource>(
                           std::make_unique<MemorySource>("hello"), 5,
                           Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "x", "bad")),
                       result);
  EXPECT_THROW(ReadAll(source), Error);
  EXPECT_EQ(result.sha256, "");
}

TEST(TeeSource, CopiesAndFailsWithItsSink) {
  std::string copied;
  MemorySink whole(copied);
  TeeSource tee(std::make_unique<MemorySource>("hello world", 4), whole);
  EXPECT_EQ(ReadAll(tee), "hello world");
  EXPECT_EQ(copied, "hello world");

  std::string little;
  MemorySink full(little, 5);
  TeeSource failing(std::make_unique<MemorySource>("hello world", 4), full);
  EXPECT_THROW(ReadAll(failing), Error);
  EXPECT_THROW(ReadAll(failing), Error) << "the sink's failure was forgotten";
}

TEST(ReadAll, RefusesMoreThanItsLimit) {
  MemorySource source("hello");
  EXPECT_THROW(ReadAll(source, 4), Error);
}

TEST(ByteQueue, CarriesEveryByteInOrderBetweenThreads) {
  ByteQueue queue(977, {});
  std::string sent;
  for (int i = 0; i < 50'000; ++i) sent += std::to_string(i);
  std::jthread writer([&] {
    for (size_t at = 0; at < sent.size(); at += 1500) {
      const auto piece = std::string_view(sent).substr(at, 1500);
      ASSERT_TRUE(queue.Write(std::as_bytes(std::span(piece))));
    }
    queue.Finish();
  });
  std::string got;
  std::vector<std::byte> buffer(700);
  while (const size_t bytes = queue.Read(buffer))
    got.append(reinterpret_cast<const char*>(buffer.data()), bytes);
  EXPECT_EQ(got, sent);
}

TEST(ByteQueue, AFailureComesAfterTheBytesBeforeIt) {
  ByteQueue queue(100, {});
  queue.Write(std::as_bytes(std::span("abc", 3)));
  queue.Fail(
      std::make_exception_ptr(Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "x", "bad")));
  std::byte buffer[10];
  EXPECT_EQ(queue.Read(buffer), 3u);
  EXPECT_THROW(queue.Read(buffer), Error);
  EXPECT_THROW(queue.Read(buffer), Error);
}

TEST(ByteQueue, AFailureAfterTheEndDoesNotUndoIt) {
  ByteQueue queue(100, {});
  queue.Finish();
  queue.Fail(
      std::make_exception_ptr(Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "x", "bad")));
  std::byte buffer[10];
  EXPECT_EQ(queue.Read(buffer), 0u);
}

TEST(ByteQueue, CancelWakesABlockedWriter) {
  ByteQueue queue(10, {});
  std::atomic<bool> accepted = true;
  std::jthread writer([&] {
    const std::string text(1000, 'x');
    accepted = queue.Write(std::as_bytes(std::span(text)));
  });
  queue.Cancel();
  writer.join();
  EXPECT_FALSE(accepted);
}

TEST(ByteQueue, StopWakesABlockedWriterAndABlockedReader) {
  std::stop_source stop;
  ByteQueue full(10, stop.get_token());
  ByteQueue empty(10, stop.get_token());
  std::atomic<int> cancelled = 0;
  const auto expect_cancelled = [&](auto&& wait) {
    try {
      wait();
    } catch (const Error& error) {
      if (error.kind == ErrorKind::kCancelled) ++cancelled;
    }
  };
  std::jthread writer(
      [&] { expect_cancelled([&] { full.Write(std::as_bytes(std::span("0123456789abc"))); }); });
  std::jthread reader([&] {
    std::byte buffer[10];
    expect_cancelled([&] { empty.Read(buffer); });
  });
  stop.request_stop();
  writer.join();
  reader.join();
  EXPECT_EQ(cancelled, 2);
}

TEST(ReadAhead, DestructionStopsAWrappedSourceThatBlocks) {
  std::stop_source stop_leaf;
  const auto source = std::make_unique<ReadAhead>(
      std::make_unique<StallingSource>(std::make_unique<MemorySource>("abc"), 3,
                                       stop_leaf.get_token()),
      100, std::stop_token(), stop_leaf);
  std::byte buffer[3];
  EXPECT_GT(source->Read(buffer), 0u);
}  // the test hangs (and times out) if the leaf is not stopped

TEST(ReadAhead, DestructionAfterTheEndStopsNothing) {
  std::stop_source stop_leaf;
  {
    ReadAhead source(std::make_unique<MemorySource>("abc"), 100, std::stop_token(), stop_leaf);
    EXPECT_EQ(ReadAll(source), "abc");
  }
  EXPECT_FALSE(stop_leaf.stop_requested());
}

TEST(MemoryBudget, GivesUpToItsLimitAndTakesBack) {
  MemoryBudget budget(100);
  auto first = budget.TryAcquire(60);
  ASSERT_TRUE(first);
  EXPECT_FALSE(budget.TryAcquire(41));
  EXPECT_TRUE(budget.TryAcquire(40));
  EXPECT_EQ(budget.peak(), 100u);
  first->Release();
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_TRUE(budget.TryAcquire(100));
}

TEST(MemoryBudget, AMovedLeaseIsGivenBackOnce) {
  MemoryBudget budget(100);
  {
    auto lease = *budget.TryAcquire(60);
    auto moved = std::move(lease);
    lease = MemoryBudget::Lease();
    EXPECT_EQ(budget.used(), 60u);
  }
  EXPECT_EQ(budget.used(), 0u);
}

TEST(MemoryBudget, AcquireWaitsForRoomAndRefusesTheImpossible) {
  MemoryBudget budget(100);
  auto first = budget.TryAcquire(60);
  std::jthread other([&] { const auto lease = budget.Acquire(70, {}); });
  first->Release();
  other.join();
  EXPECT_EQ(budget.used(), 0u);
  EXPECT_THROW(budget.Acquire(101, {}), Error);
}

TEST(MemoryBudget, StopEndsTheWait) {
  MemoryBudget budget(100);
  const auto all = budget.TryAcquire(100);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  try {
    budget.Acquire(1, stop.get_token());
    FAIL() << "acquired what was not there";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kCancelled);
  }
}

TEST(StopEvent, BecomesReadableWhenStopped) {
  std::stop_source stop;
  const StopEvent event(stop.get_token());
  pollfd waiting{.fd = event.fd(), .events = POLLIN, .revents = 0};
  EXPECT_EQ(poll(&waiting, 1, 0), 0);
  stop.request_stop();
  EXPECT_EQ(poll(&waiting, 1, 5000), 1);
  const StopEvent late(stop.get_token());
  waiting.fd = late.fd();
  EXPECT_EQ(poll(&waiting, 1, 5000), 1);
}

}  // namespace
}  // namespace octo::stream
