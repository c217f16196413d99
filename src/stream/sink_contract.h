#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>

#include "base/error.h"
#include "crypto/digest.h"
#include "stream/sink.h"

// The promises of stream/sink.h, as tests for every implementation.
namespace octo::stream {

struct SinkCase {
  std::string name;
  // One fresh place to write to, living as long as the test.
  struct Place {
    virtual ~Place() = default;
    virtual std::unique_ptr<Sink> Create() = 0;
    virtual void Publish(const PreparedObject& object) = 0;
    // The bytes that somebody who looks can see; nullopt: nothing.
    virtual std::optional<std::string> Visible() = 0;
    // Whether anything invisible was left behind (temporary files, open uploads).
    virtual bool HasLeftovers() = 0;
  };
  std::function<std::unique_ptr<Place>()> make;
};

inline void PrintTo(const SinkCase& sink_case, std::ostream* out) { *out << sink_case.name; }

class SinkContract : public testing::TestWithParam<SinkCase> {
 protected:
  static std::span<const std::byte> Bytes(const std::string& text) {
    return std::as_bytes(std::span(text));
  }
  std::unique_ptr<SinkCase::Place> place_ = GetParam().make();
};

TEST_P(SinkContract, NothingIsVisibleBeforePublication) {
  const std::string text(300'000, 'x');
  auto sink = place_->Create();
  sink->Write(Bytes(text));
  EXPECT_FALSE(place_->Visible());
  const PreparedObject prepared = sink->Prepare();
  EXPECT_FALSE(place_->Visible());
  place_->Publish(prepared);
  EXPECT_EQ(place_->Visible(), text);
  sink.reset();
  EXPECT_EQ(place_->Visible(), text);
  EXPECT_FALSE(place_->HasLeftovers());
}

TEST_P(SinkContract, PreparedTellsSizeAndHash) {
  auto sink = place_->Create();
  sink->Write(Bytes("hello "));
  sink->Write(Bytes("world"));
  const PreparedObject prepared = sink->Prepare();
  EXPECT_EQ(prepared.bytes, 11u);
  EXPECT_EQ(prepared.sha256, crypto::Sha256Hex("hello world"));
  place_->Publish(prepared);
}

TEST_P(SinkContract, AnEmptyObjectIsAnObject) {
  auto sink = place_->Create();
  const PreparedObject prepared = sink->Prepare();
  EXPECT_EQ(prepared.bytes, 0u);
  place_->Publish(prepared);
  EXPECT_EQ(place_->Visible(), "");
}

TEST_P(SinkContract, DestroyedWithoutPrepareLeavesNoTrace) {
  {
    auto sink = place_->Create();
    sink->Write(Bytes(std::string(100'000, 'y')));
  }
  EXPECT_FALSE(place_->Visible());
  EXPECT_FALSE(place_->HasLeftovers());
}

TEST_P(SinkContract, PublishingTwiceIsPublishingOnce) {
  auto sink = place_->Create();
  sink->Write(Bytes("once"));
  const PreparedObject prepared = sink->Prepare();
  sink.reset();
  place_->Publish(prepared);
  place_->Publish(prepared);
  EXPECT_EQ(place_->Visible(), "once");
}

}  // namespace octo::stream
