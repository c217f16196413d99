#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "codec/container.h"
#include "codec/input.h"
#include "codec/names.h"
#include "codec/tar_header.h"
#include "stream/sticky_source.h"

namespace octo::codec {
namespace {

// Of one pax or GNU header that describes the next file.
constexpr uint64_t kMostMetadataBytes = uint64_t{1} << 20;
constexpr uint64_t kMostBlocksBytes = uint64_t{1} << 62;

// What extended headers say about the next file, in place of its own header.
struct Extended {
  std::optional<std::string> path;
  std::optional<uint64_t> bytes;
};

// Reads POSIX ustar and pax, GNU and old tars (POSIX.1-2008, "pax", and the GNU tar manual, "Basic
// Tar Format"). The end: two zero blocks, then only whole zero blocks to the verified end of the
// source; without them (or with one) only where the source's end is vouched for.
class TarReader final : public Container {
 public:
  TarReader(std::unique_ptr<stream::Source> source, const Place& place, bool end_is_vouched_for)
      : input_(std::move(source), place.delivery().context()),
        place_(place),
        end_is_vouched_for_(end_is_vouched_for) {}

  std::optional<Member> Next() override;

 private:
  class Content;

  // The next header; nullopt at the verified end.
  std::optional<TarHeader> NextHeader();
  void VerifyEnd();
  // The data of a header that describes the next file.
  std::string Metadata(const TarHeader& header);
  void ReadPax(const TarHeader& header, Extended& extended);
  void TakePaxRecord(std::string_view key, std::string_view value, bool global,
                     Extended& extended) const;
  Member Open(const TarHeader& header, const Extended& extended);
  void SkipContent();
  void Take(size_t bytes, std::string_view before_what);

  Input input_;
  const Place place_;
  const bool end_is_vouched_for_;
  std::unique_ptr<Content> content_;
  uint64_t padding_ = 0;  // behind the content
  bool ended_ = false;
};

class TarReader::Content final : public stream::StickySource {
 public:
  Content(TarReader& tar, uint64_t bytes, std::string name)
      : tar_(tar), left_(bytes), name_(std::move(name)) {}

 private:
  size_t Pull(std::span<std::byte> buffer) override {
    if (left_ == 0) return 0;
    const size_t bytes = tar_.input_.Read(
        buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), left_))));
    if (bytes == 0) {
      throw tar_.place_.Incomplete(
          fmt::format("ends after {} bytes, {} bytes before the end of entry '{}'",
                      tar_.input_.position(), left_, name_));
    }
    left_ -= bytes;
    return bytes;
  }

  TarReader& tar_;
  uint64_t left_;
  const std::string name_;
};

std::optional<Member> TarReader::Next() {
  if (ended_) return std::nullopt;
  SkipContent();
  Extended extended;
  bool described = false;
  while (const auto header = NextHeader()) {
    switch (header->type) {
      case 'x':
        ReadPax(*header, extended);
        described = true;
        continue;
      case 'g':
        ReadPax(*header, extended);
        continue;
      case 'L':
        extended.path = Metadata(*header);
        extended.path->resize(std::min(extended.path->find('\0'), extended.path->size()));
        described = true;
        continue;
      case 'K':  // the long target of a link, which is refused when the link itself comes
        Metadata(*header);
        described = true;
        continue;
      case 'V':  // a label
        Metadata(*header);
        continue;
      default:
        break;
    }
    place_.delivery().CountEntry();
    Member member = Open(*header, extended);
    extended = {};
    described = false;
    if (member.content == nullptr) continue;
    return member;
  }
  if (described) throw place_.Corrupt("ends with a header that describes a file, without the file");
  return std::nullopt;
}

std::optional<TarHeader> TarReader::NextHeader() {
  const uint64_t begin = input_.position();
  const auto block = input_.Peek(kTarBlockBytes);
  if (block.size() < kTarBlockBytes || IsZeroBlock(block.first(kTarBlockBytes))) {
    VerifyEnd();
    ended_ = true;
    return std::nullopt;
  }
  auto header = ParseTarHeader(block.first(kTarBlockBytes));
  if (!header) throw place_.Corrupt(fmt::format("has a damaged header at byte {}", begin));
  input_.Advance(kTarBlockBytes);
  return header;
}

void TarReader::VerifyEnd() {
  uint64_t zero_blocks = 0;
  while (true) {
    const auto block = input_.Peek(kTarBlockBytes);
    if (block.empty()) break;
    if (block.size() < kTarBlockBytes) {
      throw place_.Incomplete(
          fmt::format("ends after {} bytes, inside a block", input_.position() + block.size()));
    }
    if (!IsZeroBlock(block.first(kTarBlockBytes))) {
      throw place_.Corrupt(fmt::format("is followed by bytes that don't belong to it, at byte {}",
                                       input_.position()));
    }
    input_.Advance(kTarBlockBytes);
    ++zero_blocks;
  }
  if (zero_blocks >= 2) {
    place_.delivery().AddVoucher("tar end blocks");
  } else if (!end_is_vouched_for_) {
    throw place_.Incomplete(
        fmt::format("ends after {} bytes, before its end blocks", input_.position()));
  }
}

std::string TarReader::Metadata(const TarHeader& header) {
  if (header.bytes > kMostMetadataBytes) {
    throw place_.Corrupt(fmt::format("has an extended header of {} bytes at byte {}, more than {}",
                                     header.bytes, input_.position(), kMostMetadataBytes));
  }
  std::string data(static_cast<size_t>(header.bytes), '\0');
  size_t have = 0;
  while (have < data.size()) {
    const size_t bytes = input_.Read(std::as_writable_bytes(std::span(data)).subspan(have));
    if (bytes == 0)
      throw place_.Incomplete(
          fmt::format("ends after {} bytes, inside a header", input_.position()));
    have += bytes;
  }
  Take((kTarBlockBytes - data.size() % kTarBlockBytes) % kTarBlockBytes, "inside a header");
  return data;
}

// Records "LENGTH KEY=VALUE\n", LENGTH in decimal and of the whole record.
void TarReader::ReadPax(const TarHeader& header, Extended& extended) {
  const std::string data = Metadata(header);
  std::string_view rest = data;
  while (!rest.empty()) {
    size_t length = 0;
    const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
    const auto digits = static_cast<size_t>(end - rest.data());
    const bool sound = error == std::errc() && digits + 2 < length && length <= rest.size() &&
                       rest[digits] == ' ' && rest[length - 1] == '\n';
    const std::string_view record =
        sound ? rest.substr(digits + 1, length - digits - 2) : std::string_view();
    const size_t equals = record.find('=');
    if (!sound || equals == std::string_view::npos) {
      throw place_.Corrupt(
          fmt::format("has a damaged extended header before byte {}", input_.position()));
    }
    TakePaxRecord(record.substr(0, equals), record.substr(equals + 1), header.type == 'g',
                  extended);
    rest.remove_prefix(length);
  }
}

void TarReader::TakePaxRecord(std::string_view key, std::string_view value, bool global,
                              Extended& extended) const {
  if (key.starts_with("GNU.sparse.")) {
    throw place_.Unsupported("has a sparse file, which is not supported",
                             "Ask the vendor to pack it without --sparse.");
  }
  if (key != "path" && key != "size") return;
  if (global) {
    throw place_.Unsupported(
        fmt::format("gives one {} for all its files, which is not supported", key), "");
  }
  if (key == "path") {
    extended.path = value;
    return;
  }
  uint64_t bytes = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), bytes);
  if (error != std::errc() || end != value.data() + value.size()) {
    throw place_.Corrupt(
        fmt::format("has a damaged size in the extended header before byte {}", input_.position()));
  }
  extended.bytes = bytes;
}

Member TarReader::Open(const TarHeader& header, const Extended& extended) {
  const std::string raw = extended.path.value_or(header.name);
  const uint64_t bytes = extended.bytes.value_or(header.bytes);
  place_.delivery().CheckNameBytes(raw.size());
  Member member{ToUtf8(raw, Charset::kLatin1), bytes, nullptr};
  const std::string shown = SafePath(member.path);
  const auto refuse = [&](std::string_view what) {
    return place_.Unsupported(
        fmt::format("has a {} ('{}'); only files and directories are taken", what, shown),
        "Ask the vendor to pack plain files only.");
  };
  switch (header.type) {
    case '0':
    case '\0':
    case '7':
      break;
    case '5':
      if (bytes != 0)
        throw place_.Corrupt(fmt::format("has a directory with content ('{}')", shown));
      return member;
    case '1':
    case '2':
      throw refuse("link");
    case '3':
    case '4':
    case '6':
      throw refuse("device or pipe");
    case 'S':
      throw refuse("sparse file");
    case 'M':
      throw refuse("piece of a file that began in another volume");
    default:
      throw refuse(fmt::format("member of the unknown type {:#04x}",
                               static_cast<unsigned char>(header.type)));
  }
  if (bytes > kMostBlocksBytes)
    throw place_.Corrupt(fmt::format("has a file of an impossible size ('{}')", shown));
  if (raw.ends_with('/') && bytes == 0) return member;  // how old tars write a directory
  padding_ = (kTarBlockBytes - bytes % kTarBlockBytes) % kTarBlockBytes;
  content_ = std::make_unique<Content>(*this, bytes, shown);
  member.content = content_.get();
  return member;
}

void TarReader::SkipContent() {
  if (!content_) return;
  std::byte scratch[4096];
  while (content_->Read(scratch) > 0) {
  }
  content_.reset();
  Take(static_cast<size_t>(padding_), "inside the padding of an entry");
}

void TarReader::Take(size_t bytes, std::string_view before_what) {
  if (input_.Peek(bytes).size() < bytes) {
    throw place_.Incomplete(fmt::format("ends after {} bytes, {}",
                                        input_.position() + input_.Buffered().size(), before_what));
  }
  input_.Advance(static_cast<std::ptrdiff_t>(bytes));
}

}  // namespace

std::unique_ptr<Container> OpenTar(std::unique_ptr<stream::Source> source, const Place& place,
                                   bool end_is_vouched_for) {
  return std::make_unique<TarReader>(std::move(source), place, end_is_vouched_for);
}

}  // namespace octo::codec
