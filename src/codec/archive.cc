#include "codec/archive.h"

#include <fmt/format.h>

#include "codec/compressed_source.h"
#include "codec/container.h"
#include "codec/delivery.h"
#include "codec/detect.h"
#include "codec/names.h"
#include "stream/peek_source.h"
#include "stream/sticky_source.h"

namespace octo::codec {
namespace {

// The delivery's packed bytes, counted.
class PackedSource final : public stream::StickySource {
 public:
  PackedSource(std::unique_ptr<stream::Source> wrapped, Delivery& delivery)
      : wrapped_(std::move(wrapped)), delivery_(delivery) {}

 private:
  size_t Pull(std::span<std::byte> buffer) override {
    const size_t bytes = wrapped_->Read(buffer);
    delivery_.CountPacked(bytes);
    return bytes;
  }

  std::unique_ptr<stream::Source> wrapped_;
  Delivery& delivery_;
};

// The content of an entry, counted.
class EntrySource final : public stream::StickySource {
 public:
  EntrySource(std::unique_ptr<stream::Source> wrapped, Delivery& delivery)
      : wrapped_(std::move(wrapped)), delivery_(delivery) {}

 private:
  size_t Pull(std::span<std::byte> buffer) override {
    delivery_.context().ThrowIfStopped("unpack");
    const size_t bytes = wrapped_->Read(buffer);
    delivery_.CountUnpacked(bytes);
    return bytes;
  }

  std::unique_ptr<stream::Source> wrapped_;
  Delivery& delivery_;
};

// Reads somebody else's source.
class BorrowedSource final : public stream::Source {
 public:
  explicit BorrowedSource(stream::Source& source) : source_(source) {}
  size_t Read(std::span<std::byte> buffer) override { return source_.Read(buffer); }

 private:
  stream::Source& source_;
};

// What is left when the compressions around something have been taken off.
struct Unwrapped {
  std::unique_ptr<stream::PeekSource> content;
  Format format = Format::kPlain;  // not a compression
  std::string name;                // without the extensions of the compressions
  int depth = 0;
  bool compressed = false;
};

Unwrapped Unwrap(std::unique_ptr<stream::Source> source, std::string name, int depth,
                 bool is_member, Delivery& delivery) {
  const std::string of_what = is_member ? fmt::format(" of entry '{}'", name) : "";
  Unwrapped result{std::make_unique<stream::PeekSource>(std::move(source)), Format::kPlain,
                   std::move(name), depth, false};
  while (true) {
    result.format = Detect(*result.content);
    if (result.format == Format::kPlain) return result;
    if (result.format == Format::kUuencode) {
      throw Place(delivery, "the content" + of_what)
          .Unsupported(
              "is uuencoded (and probably encrypted with DES), an old form that is not supported",
              "Ask the vendor to send the file gzipped, or encrypted with OpenPGP.");
    }
    if (result.format == Format::kSplitZip) {
      throw Place(delivery, "the zip" + of_what)
          .Unsupported("is one volume of several",
                       "Ask the vendor to send one zip that is not split.");
    }
    delivery.CheckDepth(++result.depth);
    delivery.AddLayer(Name(result.format));
    if (IsContainer(result.format)) return result;
    auto compressed = OpenCompressed(result.format, std::move(result.content), delivery, of_what);
    const CompressedSource& layer = *compressed;
    result.content = std::make_unique<stream::PeekSource>(std::move(compressed));
    result.content->Peek(1);  // reads the header, and the stored name with it
    const bool named = !is_member && !layer.stored_name().empty();
    result.name = named ? layer.stored_name() : WithoutCompressionExtension(std::move(result.name));
    result.compressed = true;
  }
}

// The base name that a gzip stored: by its RFC in Latin-1, in practice often in UTF-8.
std::string SafeStoredName(const std::string& raw, const Delivery& delivery) {
  delivery.CheckNameBytes(raw.size());
  const std::string path = SafePath(ForwardSlashes(ToUtf8(raw, Charset::kLatin1)));
  return path.substr(path.rfind('/') + 1);
}

class UnpackedArchive final : public Archive {
 public:
  UnpackedArchive(std::unique_ptr<stream::Source> packed, std::string name, const Limits& limits,
                  bool enclosing_end_verified, ArchiveReport& report,
                  const stream::Context& context)
      : delivery_(std::move(name), limits, report, context) {
    report = {};
    Unwrapped top = Unwrap(std::make_unique<PackedSource>(std::move(packed), delivery_), "", 0,
                           false, delivery_);
    is_container_ = codec::IsContainer(top.format);
    if (is_container_) {
      Push(std::move(top), "", "", enclosing_end_verified);
    } else {
      lone_ = SafeStoredName(top.name, delivery_);
      content_ = std::make_unique<EntrySource>(std::move(top.content), delivery_);
    }
  }

  bool IsContainer() const override { return is_container_; }

  std::optional<Entry> Next() override {
    if (error_) std::rethrow_exception(error_);
    try {
      return is_container_ ? NextMember() : NextLone();
    } catch (...) {
      error_ = std::current_exception();
      throw;
    }
  }

 private:
  struct Open {
    std::unique_ptr<Container> container;
    std::string prefix;  // of its entries' names
    int depth = 0;
  };

  std::optional<Entry> NextLone() {
    if (!lone_) {
      Drain();
      return std::nullopt;
    }
    delivery_.CountEntry();
    Entry entry{std::move(*lone_), std::nullopt, content_.get()};
    lone_.reset();
    return entry;
  }

  std::optional<Entry> NextMember() {
    Drain();
    content_.reset();
    while (!open_.empty()) {
      std::optional<Member> member = open_.back().container->Next();
      if (!member) {
        open_.pop_back();
        continue;
      }
      const Open& from = open_.back();
      const std::string path = SafePath(member->path);
      Unwrapped inner = Unwrap(std::make_unique<BorrowedSource>(*member->content),
                               path.empty() ? "unnamed" : path, from.depth, true, delivery_);
      if (codec::IsContainer(inner.format)) {
        const std::string prefix = from.prefix + WithoutContainerExtension(inner.name) + '/';
        Push(std::move(inner), prefix, fmt::format(" of entry '{}'", path), true);
        continue;
      }
      return Give(from.prefix + inner.name, inner.compressed ? std::nullopt : member->bytes,
                  std::move(inner.content));
    }
    return std::nullopt;
  }

  Entry Give(const std::string& name, std::optional<uint64_t> bytes,
             std::unique_ptr<stream::Source> content) {
    delivery_.CheckNameBytes(name.size());
    content_ = std::make_unique<EntrySource>(std::move(content), delivery_);
    return {used_.Unique(name), bytes, content_.get()};
  }

  void Push(Unwrapped inner, std::string prefix, const std::string& of_what,
            bool end_is_vouched_for) {
    const Place place(delivery_, fmt::format("the {}{}", Name(inner.format), of_what));
    auto container = inner.format == Format::kTar ? OpenTar(std::move(inner.content), place,
                                                            end_is_vouched_for || inner.compressed)
                                                  : OpenZip(std::move(inner.content), place);
    open_.push_back({std::move(container), std::move(prefix), inner.depth});
  }

  // Reads, and so verifies, what the caller left of the entry before.
  void Drain() {
    if (!content_) return;
    if (scratch_.empty()) scratch_.resize(size_t{64} << 10);
    while (content_->Read(scratch_) > 0) {
    }
  }

  Delivery delivery_;
  bool is_container_ = false;
  std::vector<Open> open_;  // outermost first; an inner one reads from a member of the one before
  std::unique_ptr<EntrySource>
      content_;                      // of the current entry; reads from the innermost container
  std::optional<std::string> lone_;  // the name, until the lone entry has been given out
  UsedNames used_;
  std::vector<std::byte> scratch_;
  std::exception_ptr error_;
};

}  // namespace

std::unique_ptr<Archive> OpenArchive(std::unique_ptr<stream::Source> packed, std::string name,
                                     const Limits& limits, bool enclosing_end_verified,
                                     ArchiveReport& report, const stream::Context& context) {
  return std::make_unique<UnpackedArchive>(std::move(packed), std::move(name), limits,
                                           enclosing_end_verified, report, context);
}

}  // namespace octo::codec
