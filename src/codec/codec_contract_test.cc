#include "codec/compressed_source.h"
#include "codec/container.h"
#include "codec/samples.h"
#include "stream/source_contract.h"

namespace octo::stream {
namespace {

// A compressed source together with what it counts in.
class CompressedUnderTest final : public Source {
 public:
  CompressedUnderTest(codec::Format format, std::unique_ptr<Source> wire, const Context& context)
      : delivery_("sample", {}, report_, context),
        source_(codec::OpenCompressed(format, std::move(wire), delivery_, "")) {}
  size_t Read(std::span<std::byte> buffer) override { return source_->Read(buffer); }

 private:
  codec::ArchiveReport report_;
  codec::Delivery delivery_;
  std::unique_ptr<Source> source_;
};

SourceCase Case(std::string name, codec::Format format,
                std::function<std::string(const std::string&)> encode) {
  return {.name = std::move(name),
          .encode = std::move(encode),
          .open =
              [format](auto wire, const auto& context) {
                return std::make_unique<CompressedUnderTest>(format, std::move(wire), context);
              },
          .notices_truncation = true,
          .stride = 3};
}

INSTANTIATE_TEST_SUITE_P(
    Codec, SourceContract,
    testing::Values(
        Case("Gzip", codec::Format::kGzip, [](auto& plain) { return codec::samples::Gzip(plain); }),
        Case("Zlib", codec::Format::kZlib, [](auto& plain) { return codec::samples::Zlib(plain); }),
        Case("Zstd", codec::Format::kZstd, [](auto& plain) { return codec::samples::Zstd(plain); }),
        Case("Bzip2", codec::Format::kBzip2,
             [](auto& plain) { return codec::samples::Bzip2(plain); }),
        Case("Xz", codec::Format::kXz, [](auto& plain) { return codec::samples::Xz(plain); })),
    [](const auto& instance) { return instance.param.name; });

// The only member of a container, its end with the container's own.
class OnlyMember final : public Source {
 public:
  OnlyMember(bool tar, std::unique_ptr<Source> wire, const Context& context)
      : delivery_("sample", {}, report_, context) {
    const codec::Place place(delivery_, "the container");
    container_ = tar ? codec::OpenTar(std::move(wire), place, false)
                     : codec::OpenZip(std::move(wire), place);
  }

  size_t Read(std::span<std::byte> buffer) override {
    if (error_) std::rethrow_exception(error_);
    try {
      if (content_ == nullptr && !ended_) Open();
      if (ended_) return 0;
      const size_t bytes = content_->Read(buffer);
      if (bytes == 0) {
        EXPECT_FALSE(container_->Next());
        ended_ = true;
      }
      return bytes;
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

 private:
  void Open() {
    const auto member = container_->Next();
    if (member) content_ = member->content;
    ended_ = !member;
  }

  codec::ArchiveReport report_;
  codec::Delivery delivery_;
  std::unique_ptr<codec::Container> container_;
  Source* content_ = nullptr;
  bool ended_ = false;
  std::exception_ptr error_;
};

SourceCase MemberCase(std::string name, bool tar,
                      std::function<std::string(const std::string&)> encode) {
  return {.name = std::move(name),
          .encode = std::move(encode),
          .open =
              [tar](auto wire, const auto& context) {
                return std::make_unique<OnlyMember>(tar, std::move(wire), context);
              },
          .notices_truncation = true,
          .stride = 11};
}

INSTANTIATE_TEST_SUITE_P(
    Container, SourceContract,
    testing::Values(MemberCase("Tar", true,
                               [](auto& plain) {
                                 return codec::samples::Tar({{.name = "a.csv", .content = plain}});
                               }),
                    MemberCase("Zip", false,
                               [](auto& plain) {
                                 return codec::samples::Zip({{.name = "a.csv", .content = plain}});
                               }),
                    MemberCase("StoredZip", false,
                               [](auto& plain) {
                                 return codec::samples::Zip(
                                     {{.name = "a.csv", .content = plain, .method = 0}});
                               })),
    [](const auto& instance) { return instance.param.name; });

}  // namespace
}  // namespace octo::stream
