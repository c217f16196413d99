#include "storage/object_store_contract.h"

#include <gmock/gmock.h>

#include <thread>

#include "base/error.h"
#include "crypto/digest.h"
#include "stream/memory_source.h"
#include "stream/prepared_object_json.h"

namespace octo::storage {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::UnorderedElementsAreArray;
using Kind = stream::Precondition::Kind;
using Outcome = PublishResult::Outcome;

namespace {

// Bytes that differ from place to place, so that swapped or repeated pieces are noticed.
std::string Bytes(size_t count) {
  std::string bytes(count, '\0');
  uint64_t state = count;
  for (auto& b : bytes) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    b = static_cast<char>(state >> 56);
  }
  return bytes;
}

void WriteAll(stream::Sink& sink, std::string_view bytes) {
  constexpr size_t kPiece = 1'000'003;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, kPiece);
    sink.Write(std::as_bytes(std::span(piece)));
    bytes.remove_prefix(piece.size());
  }
}

ErrorKind KindOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind;
  }
  ADD_FAILURE() << "no error was thrown";
  return ErrorKind::kBug;
}

std::vector<std::string> Keys(ObjectStore& store, const std::string& prefix) {
  std::vector<std::string> keys;
  store.List(prefix,
             [&](const ObjectInfo& info) {
               keys.push_back(info.key);
               return true;
             },
             {});
  return keys;
}

}  // namespace

std::string StoreName(const testing::TestParamInfo<StoreFactory>& info) { return info.param.name; }

void ObjectStoreContract::SetUp() {
  if (const auto reason = GetParam().unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  harness_ = GetParam().make();
  store_ = harness_->Connect();
}

stream::PreparedObject ObjectStoreContract::Prepare(const std::string& key,
                                                    const std::string& bytes,
                                                    const std::string& attempt,
                                                    stream::Precondition precondition,
                                                    bool may_hold_in_memory) {
  CreateOptions options;
  options.attempt = attempt;
  options.metadata = {{"octo-delivery", "d1"}};
  options.precondition = std::move(precondition);
  options.may_hold_in_memory = may_hold_in_memory;
  const auto sink = store_->Create(key, options, context_);
  WriteAll(*sink, bytes);
  // As the ledger would hand it to another process.
  return stream::PreparedObjectFromJson(stream::PreparedObjectToJson(sink->Prepare()));
}

Receipt ObjectStoreContract::Store(const std::string& key, const std::string& bytes,
                                   const std::string& attempt) {
  const auto result = store_->Publish(Prepare(key, bytes, attempt), context_);
  EXPECT_EQ(result.outcome, Outcome::kPublished) << result.detail;
  return result.receipt;
}

std::string ObjectStoreContract::Fetch(const std::string& key, ByteRange range) {
  const auto source = store_->Open(key, range, context_);
  return stream::ReadAll(*source);
}

bool ObjectStoreContract::Exists(const std::string& key) {
  return store_->Stat(key, context_).has_value();
}

TEST_P(ObjectStoreContract, ShowsNothingBeforePublication) {
  const std::string bytes = Bytes(harness_->LargeBytes());
  CreateOptions options;
  options.attempt = "a1";
  const auto sink = store_->Create("in/tape.csv", options, context_);
  WriteAll(*sink, bytes);
  EXPECT_FALSE(Exists("in/tape.csv"));
  const auto object = sink->Prepare();
  EXPECT_FALSE(Exists("in/tape.csv"));
  EXPECT_THAT(Keys(*store_, ""), IsEmpty());
  EXPECT_EQ(KindOf([&] { store_->Open("in/tape.csv", {}, context_); }), ErrorKind::kPermanent);

  ASSERT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
  EXPECT_TRUE(Fetch("in/tape.csv") == bytes);
  EXPECT_EQ(harness_->TracesAt("in/tape.csv"), 0u);
}

TEST_P(ObjectStoreContract, PreparedObjectTellsWhatWasWritten) {
  const auto object = Prepare("a.txt", "hello", "attempt-7");
  EXPECT_EQ(object.key, "a.txt");
  EXPECT_EQ(object.attempt, "attempt-7");
  EXPECT_EQ(object.bytes, 5u);
  EXPECT_EQ(object.sha256, crypto::Sha256Hex("hello"));
  EXPECT_EQ(object.precondition.kind, Kind::kAbsent);
  EXPECT_FALSE(object.in_memory);
  EXPECT_FALSE(object.handle.empty());
}

TEST_P(ObjectStoreContract, ReceiptAndStatAgree) {
  const Receipt receipt = Store("in/a.txt", "hello");
  const auto info = store_->Stat("in/a.txt", context_);
  ASSERT_TRUE(info);
  EXPECT_EQ(receipt.key, "in/a.txt");
  EXPECT_EQ(receipt.url, store_->Url() + "/in/a.txt");
  EXPECT_EQ(receipt.etag, info->etag);
  EXPECT_EQ(receipt.bytes, 5u);
  EXPECT_EQ(receipt.sha256, crypto::Sha256Hex("hello"));
  EXPECT_EQ(info->key, "in/a.txt");
  EXPECT_EQ(info->bytes, 5u);
  EXPECT_LT(std::chrono::abs(SystemNow() - info->modified), std::chrono::hours(1));
}

TEST_P(ObjectStoreContract, MetadataAreKept) {
  Store("a.txt", "hello", "attempt-7");
  const auto info = store_->Stat("a.txt", context_);
  ASSERT_TRUE(info);
  EXPECT_THAT(info->metadata, testing::Contains(Pair("octo-attempt", "attempt-7")));
  EXPECT_THAT(info->metadata, testing::Contains(Pair("octo-delivery", "d1")));
}

TEST_P(ObjectStoreContract, AnotherStoreObjectPublishes) {
  const auto object = Prepare("a.txt", "hello");
  store_ = harness_->Connect();
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
  EXPECT_EQ(Fetch("a.txt"), "hello");
}

TEST_P(ObjectStoreContract, PublishingAgainChangesNothing) {
  for (const bool in_memory : {false, true}) {
    const std::string key = in_memory ? "memory.txt" : "a.txt";
    const auto object = Prepare(key, "hello", "a1", {}, in_memory);
    const auto first = store_->Publish(object, context_);
    const auto again = store_->Publish(object, context_);
    const auto elsewhere = harness_->Connect()->Publish(object, context_);
    for (const auto& result : {first, again, elsewhere}) {
      EXPECT_EQ(result.outcome, Outcome::kPublished) << key << ": " << result.detail;
      EXPECT_EQ(result.receipt.etag, first.receipt.etag);
      EXPECT_EQ(result.receipt.bytes, 5u);
    }
    EXPECT_EQ(Fetch(key), "hello");
    EXPECT_EQ(harness_->TracesAt(key), 0u);
  }
}

TEST_P(ObjectStoreContract, NewKeysNeverReplaceWhatStandsThere) {
  Store("a.txt", "theirs", "other");
  const auto object = Prepare("a.txt", "ours!!", "mine");
  const auto result = store_->Publish(object, context_);
  EXPECT_EQ(result.outcome, Outcome::kConflict);
  EXPECT_THAT(result.detail, HasSubstr("a.txt"));
  EXPECT_EQ(Fetch("a.txt"), "theirs");
  EXPECT_EQ(harness_->TracesAt("a.txt"), 0u);
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kConflict);
}

TEST_P(ObjectStoreContract, OfTwoAttemptsExactlyOneIsPublished) {
  const auto one = Prepare("a.txt", "one", "a1");
  const auto two = Prepare("a.txt", "two", "a2");
  PublishResult first, second;
  {
    const auto other = harness_->Connect();
    std::jthread thread([&] { first = other->Publish(one, context_); });
    second = store_->Publish(two, context_);
  }
  EXPECT_NE(first.outcome == Outcome::kPublished, second.outcome == Outcome::kPublished);
  EXPECT_EQ(Fetch("a.txt"), first.outcome == Outcome::kPublished ? "one" : "two");
  EXPECT_EQ(harness_->TracesAt("a.txt"), 0u);
}

TEST_P(ObjectStoreContract, ReplacesOnlyTheExpectedObject) {
  const Receipt old = Store("a.txt", "old", "a1");
  const auto replacement = Prepare("a.txt", "new", "a2", {Kind::kMatches, old.etag});
  const auto late = Prepare("a.txt", "late", "a3", {Kind::kMatches, old.etag});
  EXPECT_EQ(store_->Publish(replacement, context_).outcome, Outcome::kPublished);
  EXPECT_EQ(Fetch("a.txt"), "new");
  EXPECT_EQ(store_->Publish(late, context_).outcome, Outcome::kConflict);
  EXPECT_EQ(Fetch("a.txt"), "new");
  EXPECT_EQ(store_->Publish(replacement, context_).outcome, Outcome::kPublished);
  EXPECT_EQ(harness_->TracesAt("a.txt"), 0u);
}

TEST_P(ObjectStoreContract, ReplacingWhatIsGoneIsAConflict) {
  const Receipt old = Store("a.txt", "old", "a1");
  for (const bool in_memory : {false, true}) {
    const auto object = Prepare("a.txt", "new", "a2", {Kind::kMatches, old.etag}, in_memory);
    store_->Remove("a.txt", {Kind::kNone, {}}, context_);
    EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kConflict);
    EXPECT_FALSE(Exists("a.txt"));
  }
}

TEST_P(ObjectStoreContract, ReplacesAnythingWithoutPrecondition) {
  Store("a.txt", "old", "a1");
  EXPECT_EQ(store_->Publish(Prepare("a.txt", "new", "a2", {Kind::kNone, {}}), context_).outcome,
            Outcome::kPublished);
  EXPECT_EQ(Fetch("a.txt"), "new");
  EXPECT_EQ(store_->Publish(Prepare("b.txt", "new", "a2", {Kind::kNone, {}}), context_).outcome,
            Outcome::kPublished);
  EXPECT_EQ(Fetch("b.txt"), "new");
}

TEST_P(ObjectStoreContract, WhatWasAbandonedIsLost) {
  const auto object = Prepare("a.txt", "hello");
  store_->AbandonAttempts("a.txt", {}, context_);
  const auto result = harness_->Connect()->Publish(object, context_);
  EXPECT_EQ(result.outcome, Outcome::kLost);
  EXPECT_THAT(result.detail, HasSubstr("a.txt"));
  EXPECT_FALSE(Exists("a.txt"));
}

TEST_P(ObjectStoreContract, AnAbandonedReplacementIsLostAndChangesNothing) {
  const Receipt old = Store("a.txt", "old", "a1");
  const auto object = Prepare("a.txt", "new", "a2", {Kind::kMatches, old.etag});
  store_->AbandonAttempts("a.txt", {}, context_);
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kLost);
  EXPECT_EQ(Fetch("a.txt"), "old");
}

TEST_P(ObjectStoreContract, AbandonsExactlyTheAttemptsAtOneKey) {
  const auto kept = Prepare("in/a.txt", "kept", "a1");
  const auto dropped = Prepare("in/a.txt", "dropped", "a2");
  const auto longer = Prepare("in/a.txt.gz", "longer", "a3");
  const auto beside = Prepare("in/b.txt", "beside", "a4");
  EXPECT_EQ(harness_->TracesAt("in/a.txt"), 2u);
  const auto other = harness_->Connect();
  other->AbandonAttempts("in/a.txt", {kept.handle}, context_);
  other->AbandonAttempts("in/a.txt", {kept.handle}, context_);
  EXPECT_EQ(harness_->TracesAt("in/a.txt"), 1u);
  EXPECT_EQ(store_->Publish(dropped, context_).outcome, Outcome::kLost);
  for (const auto& object : {kept, longer, beside}) {
    EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished) << object.key;
  }
  other->AbandonAttempts("in/a.txt", {}, context_);
  EXPECT_EQ(Fetch("in/a.txt"), "kept");
  EXPECT_EQ(store_->Publish(kept, context_).outcome, Outcome::kPublished);
}

TEST_P(ObjectStoreContract, AbandonsExactlyWhatWasPrepared) {
  for (const bool in_memory : {false, true}) {
    const std::string key = in_memory ? "memory.txt" : "a.txt";
    const auto dropped = Prepare(key, "dropped", "a1", {}, in_memory);
    const auto kept = Prepare(key, "kept", "a2", {}, in_memory);
    for (int i = 0; i < 2; ++i) store_->Abandon(dropped, context_);
    EXPECT_EQ(store_->Publish(dropped, context_).outcome, Outcome::kLost);
    ASSERT_EQ(store_->Publish(kept, context_).outcome, Outcome::kPublished);
    store_->Abandon(kept, context_);
    EXPECT_EQ(Fetch(key), "kept");
    EXPECT_EQ(harness_->TracesAt(key), 0u);
  }
}

TEST_P(ObjectStoreContract, AbandoningWhereNothingIsDoesNothing) {
  EXPECT_NO_THROW(store_->AbandonAttempts("nowhere/a.txt", {"x"}, context_));
}

TEST_P(ObjectStoreContract, ASinkThatIsNotPreparedLeavesNothing) {
  for (const size_t bytes : {size_t{0}, size_t{10}, harness_->LargeBytes()}) {
    {
      const auto sink = store_->Create("a.txt", {}, context_);
      WriteAll(*sink, Bytes(bytes));
    }
    EXPECT_EQ(harness_->TracesAt("a.txt"), 0u) << bytes;
    EXPECT_FALSE(Exists("a.txt"));
  }
}

TEST_P(ObjectStoreContract, ErrorsOfASinkAreSticky) {
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  const auto sink = store_->Create("a.txt", {}, context);
  WriteAll(*sink, "hello");
  stop.request_stop();
  EXPECT_EQ(KindOf([&] { WriteAll(*sink, "hello"); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { WriteAll(*sink, "hello"); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { sink->Prepare(); }), ErrorKind::kCancelled);
  EXPECT_EQ(harness_->TracesAt("a.txt"), 0u);
}

TEST_P(ObjectStoreContract, HoldsSmallObjectsInMemoryWhereAllowed) {
  const auto object = Prepare("a.txt", "hello", "a1", {}, true);
  EXPECT_EQ(object.in_memory, harness_->HoldsInMemory());
  EXPECT_EQ(object.sha256, crypto::Sha256Hex("hello"));
  EXPECT_FALSE(Exists("a.txt"));
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
  EXPECT_EQ(Fetch("a.txt"), "hello");
  const auto info = store_->Stat("a.txt", context_);
  ASSERT_TRUE(info);
  EXPECT_THAT(info->metadata, testing::Contains(Pair("octo-sha256", object.sha256)));
}

TEST_P(ObjectStoreContract, AnObjectTooLargeForMemoryIsUploaded) {
  const std::string bytes = Bytes(harness_->LargeBytes());
  const auto object = Prepare("a.bin", bytes, "a1", {}, true);
  EXPECT_FALSE(object.in_memory);
  EXPECT_EQ(harness_->Connect()->Publish(object, context_).outcome, Outcome::kPublished);
  EXPECT_TRUE(Fetch("a.bin") == bytes);
}

TEST_P(ObjectStoreContract, WhatWasHeldInMemoryIsLostToOthers) {
  const auto object = Prepare("a.txt", "hello", "a1", {}, true);
  if (!object.in_memory) GTEST_SKIP() << "this store holds nothing in memory";
  EXPECT_EQ(harness_->Connect()->Publish(object, context_).outcome, Outcome::kLost);
  store_->AbandonAttempts("a.txt", {}, context_);
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kLost);
  EXPECT_FALSE(Exists("a.txt"));
}

TEST_P(ObjectStoreContract, AnObjectHeldInMemoryNeverReplacesAForeignOne) {
  const auto object = Prepare("a.txt", "ours!!", "mine", {}, true);
  Store("a.txt", "theirs", "other");
  EXPECT_EQ(harness_->Connect()->Publish(object, context_).outcome, Outcome::kConflict);
  EXPECT_EQ(store_->Publish(object, context_).outcome, Outcome::kConflict);
  EXPECT_EQ(Fetch("a.txt"), "theirs");
}

TEST_P(ObjectStoreContract, EmptyObjects) {
  for (const bool in_memory : {false, true}) {
    const std::string key = in_memory ? "memory.txt" : "empty.txt";
    const auto object = Prepare(key, "", "a1", {}, in_memory);
    EXPECT_EQ(object.bytes, 0u);
    EXPECT_EQ(object.sha256, crypto::Sha256Hex(""));
    ASSERT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
    EXPECT_EQ(Fetch(key), "");
    EXPECT_EQ(store_->Stat(key, context_)->bytes, 0u);
  }
}

TEST_P(ObjectStoreContract, ReadsRanges) {
  Store("digits.txt", "0123456789");
  EXPECT_EQ(Fetch("digits.txt", {}), "0123456789");
  EXPECT_EQ(Fetch("digits.txt", {3, 4}), "3456");
  EXPECT_EQ(Fetch("digits.txt", {3, std::nullopt}), "3456789");
  EXPECT_EQ(Fetch("digits.txt", {8, 100}), "89");
  EXPECT_EQ(Fetch("digits.txt", {10, 5}), "");
  EXPECT_EQ(Fetch("digits.txt", {50, std::nullopt}), "");
  EXPECT_EQ(Fetch("digits.txt", {3, 0}), "");
}

TEST_P(ObjectStoreContract, TheEndOfASourceIsSticky) {
  Store("a.txt", "hello");
  const auto source = store_->Open("a.txt", {}, context_);
  std::array<std::byte, 64> buffer;
  size_t total = 0;
  while (const size_t count = source->Read(buffer)) total += count;
  EXPECT_EQ(total, 5u);
  EXPECT_EQ(source->Read(buffer), 0u);
}

TEST_P(ObjectStoreContract, ASourceMayBeDroppedInTheMiddle) {
  Store("a.bin", Bytes(harness_->LargeBytes()));
  const auto source = store_->Open("a.bin", {}, context_);
  std::array<std::byte, 64> buffer;
  EXPECT_GT(source->Read(buffer), 0u);
}

TEST_P(ObjectStoreContract, OpeningWhatIsNotThereFails) {
  try {
    store_->Open("nowhere/a.txt", {}, context_);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kPermanent);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
    EXPECT_THAT(error.message, HasSubstr("nowhere/a.txt"));
  }
  EXPECT_FALSE(Exists("nowhere/a.txt"));
  EXPECT_FALSE(Exists("nowhere"));
}

TEST_P(ObjectStoreContract, ListsInOrderOfKey) {
  const std::vector<std::string> keys = {"a-b.txt",  "a.txt",  "a/b.txt", "a/c/d.txt",
                                         "a/c0.txt", "a0.txt", "b.txt"};
  for (const size_t i : {3u, 1u, 6u, 0u, 5u, 2u, 4u}) Store(keys[i], "x");
  EXPECT_EQ(Keys(*store_, ""), keys);
  EXPECT_THAT(Keys(*store_, "a/"), ElementsAre("a/b.txt", "a/c/d.txt", "a/c0.txt"));
  EXPECT_THAT(Keys(*store_, "a/c"), ElementsAre("a/c/d.txt", "a/c0.txt"));
  EXPECT_THAT(Keys(*store_, "a."), ElementsAre("a.txt"));
  EXPECT_THAT(Keys(*store_, "zzz/"), IsEmpty());
}

TEST_P(ObjectStoreContract, ListsMoreThanOnePage) {
  std::vector<std::string> expected;
  for (int i = 0; i < 1'103; ++i) {
    expected.push_back("many/" + std::to_string(10'000 + i));
    const auto object = Prepare(expected.back(), "x", "a1", {}, true);
    ASSERT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
  }
  EXPECT_EQ(Keys(*store_, "many/"), expected);

  int seen = 0;
  store_->List(
      "many/", [&](const ObjectInfo& info) { return info.bytes == 1 && ++seen < 5; }, context_);
  EXPECT_EQ(seen, 5);
}

TEST_P(ObjectStoreContract, RemovesOnlyTheExpectedObject) {
  const Receipt old = Store("in/a.txt", "old", "a1");
  ASSERT_EQ(store_->Publish(Prepare("in/a.txt", "new", "a2", {Kind::kNone, {}}), context_).outcome,
            Outcome::kPublished);
  EXPECT_EQ(KindOf([&] {
              store_->Remove("in/a.txt", {Kind::kMatches, old.etag}, context_);
            }),
            ErrorKind::kConflict);
  EXPECT_EQ(Fetch("in/a.txt"), "new");
  store_->Remove("in/a.txt", {Kind::kMatches, store_->Stat("in/a.txt", context_)->etag}, context_);
  EXPECT_FALSE(Exists("in/a.txt"));
  EXPECT_NO_THROW(store_->Remove("in/a.txt", {Kind::kMatches, old.etag}, context_));
  EXPECT_NO_THROW(store_->Remove("in/a.txt", {Kind::kNone, {}}, context_));
  EXPECT_NO_THROW(store_->Remove("nowhere/b.txt", {Kind::kNone, {}}, context_));
}

TEST_P(ObjectStoreContract, OddKeys) {
  const std::vector<std::string> keys = {
      "with space/and  two.txt",
      "Änderung/日本語.csv",
      "a+b%20c.txt",
      "50%/x.txt",
      "semi;colon.txt",
      "k=v&x=y.txt",
      "~tilde~.txt",
      "quote'\"<>[]{}|^`.txt",
      "question?hash#.txt",
      "comma,at@dollar$bang!star*(paren).txt",
      "back\\slash.txt",
      ".hidden.txt",
      "name..with..dots.txt",
      "deep/er/and/er/leaf.txt",
      std::string(200, 'n') + "/" + std::string(196, 'm') + ".txt",
  };
  for (const auto& key : keys) {
    SCOPED_TRACE(key);
    const auto object = Prepare(key, key, "a1");
    EXPECT_EQ(harness_->TracesAt(key), 1u);
    ASSERT_EQ(store_->Publish(object, context_).outcome, Outcome::kPublished);
    EXPECT_EQ(Fetch(key), key);
    const auto memory = Prepare("memory/" + key, key, "a1", {}, true);
    ASSERT_EQ(store_->Publish(memory, context_).outcome, Outcome::kPublished);
    EXPECT_EQ(Fetch("memory/" + key), key);
    EXPECT_THAT(Keys(*store_, key), ElementsAre(key));
    store_->Remove("memory/" + key, {Kind::kNone, {}}, context_);
    Prepare(key, "again", "a2");
    store_->AbandonAttempts(key, {}, context_);
    EXPECT_EQ(harness_->TracesAt(key), 0u);
  }
  EXPECT_THAT(Keys(*store_, ""), UnorderedElementsAreArray(keys));
}

TEST_P(ObjectStoreContract, RefusesKeysThatNoStoreCanHold) {
  for (const std::string key :
       {"", "/a.txt", "a//b.txt", "../a.txt", "a/../b.txt", "a/.", "a/", "line\nbreak.txt"}) {
    EXPECT_EQ(KindOf([&] { store_->Create(key, {}, context_); }), ErrorKind::kPermanent) << key;
  }
}

TEST_P(ObjectStoreContract, SinksWorkSideBySide) {
  constexpr int kSinks = 6;
  std::vector<std::string> written;
  written.reserve(kSinks);
  for (int i = 0; i < kSinks; ++i)
    written.push_back(Bytes(harness_->LargeBytes() / 2 + static_cast<size_t>(i) * 1'001));
  std::vector<std::jthread> threads;
  threads.reserve(kSinks);
  std::vector<PublishResult> results(kSinks);
  for (int i = 0; i < kSinks; ++i) {
    threads.emplace_back([&, i] {
      const auto at = static_cast<size_t>(i);
      results[at] = store_->Publish(Prepare("side/" + std::to_string(i), written[at]), context_);
    });
  }
  threads.clear();
  for (int i = 0; i < kSinks; ++i) {
    const auto at = static_cast<size_t>(i);
    EXPECT_EQ(results[at].outcome, Outcome::kPublished) << results[at].detail;
    EXPECT_TRUE(Fetch("side/" + std::to_string(i)) == written[at]) << i;
  }
}

TEST_P(ObjectStoreContract, AStoppedContextEndsEveryCall) {
  Store("a.txt", "hello");
  const auto object = Prepare("b.txt", "hello");
  std::stop_source stop;
  stop.request_stop();
  stream::Context stopped;
  stopped.stop = stop.get_token();
  const auto visit = [](const ObjectInfo&) { return true; };
  EXPECT_EQ(KindOf([&] { store_->Create("c.txt", {}, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->Publish(object, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->AbandonAttempts("b.txt", {}, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->Open("a.txt", {}, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->Stat("a.txt", stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->List("", visit, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(KindOf([&] { store_->Remove("a.txt", {}, stopped); }), ErrorKind::kCancelled);
  EXPECT_EQ(Fetch("a.txt"), "hello");
}

TEST_P(ObjectStoreContract, ABlockedCallEndsWithinASecondOfTheStop) {
  const auto silent = harness_->ConnectToSilence();
  if (!silent) GTEST_SKIP() << "calls of this store can't block";
  const auto visit = [](const ObjectInfo&) { return true; };
  const std::vector<std::function<void(const stream::Context&)>> calls = {
      [&](const stream::Context& context) { silent->Stat("a.txt", context); },
      [&](const stream::Context& context) { silent->List("", visit, context); },
      [&](const stream::Context& context) {
        const auto source = silent->Open("a.txt", {}, context);
        std::array<std::byte, 64> buffer;
        source->Read(buffer);
      },
      [&](const stream::Context& context) {
        const auto sink = silent->Create("a.txt", {}, context);
        WriteAll(*sink, Bytes(harness_->LargeBytes()));
        sink->Prepare();
      },
  };
  for (const auto& call : calls) {
    std::stop_source stop;
    stream::Context context;
    context.stop = stop.get_token();
    std::chrono::steady_clock::time_point asked;
    std::jthread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
      asked = std::chrono::steady_clock::now();
      stop.request_stop();
    });
    EXPECT_EQ(KindOf([&] { call(context); }), ErrorKind::kCancelled);
    const auto ended = std::chrono::steady_clock::now();
    stopper.join();
    EXPECT_LT(ended - asked, std::chrono::seconds(1));
  }
}

TEST_P(ObjectStoreContract, SilenceIsATransientErrorOfTheDestination) {
  const auto silent = harness_->ConnectToSilence();
  if (!silent) GTEST_SKIP() << "calls of this store can't block";
  stream::Context context;
  context.silence = std::chrono::milliseconds(100);
  try {
    silent->Stat("a.txt", context);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kTransient);
    EXPECT_EQ(error.scope, ErrorScope::kDestination);
  }
}

}  // namespace octo::storage
