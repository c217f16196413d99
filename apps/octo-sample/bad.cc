#include "bad.h"

#include <array>
#include <utility>

#include "bloomberg_reply.h"
#include "delivery.h"
#include "gzip_output.h"
#include "loan_tape.h"
#include "zip_file.h"

namespace octo::sample {
namespace {

constexpr std::array<std::pair<BadKind, std::string_view>, 14> kNames = {{
    {BadKind::kTruncated, "truncated"},
    {BadKind::kTampered, "tampered"},
    {BadKind::kWrongKey, "wrong-key"},
    {BadKind::kUnsigned, "unsigned"},
    {BadKind::kWrongSigner, "wrong-signer"},
    {BadKind::kNoIntegrity, "no-integrity"},
    {BadKind::kTrailingGarbage, "trailing-garbage"},
    {BadKind::kGzipGarbage, "gzip-garbage"},
    {BadKind::kGzipCut, "gzip-cut"},
    {BadKind::kGzipBomb, "gzip-bomb"},
    {BadKind::kZipBomb, "zip-bomb"},
    {BadKind::kHalfWritten, "half-written"},
    {BadKind::kWrongChecksum, "wrong-checksum"},
    {BadKind::kShortReply, "short-reply"},
}};

constexpr std::array<BadKind, kNames.size()> kKinds = [] {
  std::array<BadKind, kNames.size()> kinds{};
  for (size_t at = 0; at < kinds.size(); ++at) kinds[at] = kNames[at].first;
  return kinds;
}();

std::string GoodContent(const BadOptions& options) {
  std::string text;
  StringOutput output(text);
  if (options.content == BadContent::kReply) {
    WriteReply({.seed = options.seed, .date = options.date}, output);
  } else {
    WriteTape(LoanPool(options.seed, 1000), options.date, output);
  }
  return text;
}

std::string GzipBomb(const BadOptions& options) {
  std::string inner;
  StringOutput output(inner);
  WriteGzipOfZeros(output, options.bomb_bytes);
  return Gzip(inner);
}

// Five layers of ten: a hundred thousand times the innermost file.
std::string ZipBomb(const BadOptions& options) {
  constexpr int kLayers = 5;
  constexpr uint64_t kCopies = 100'000;
  const std::string zeros(static_cast<size_t>(options.bomb_bytes / kCopies + 1), '\0');
  std::string inner = Zip({{"zeros.csv", zeros}});
  for (int layer = 0; layer < kLayers; ++layer) {
    std::vector<std::pair<std::string, std::string_view>> files;
    files.reserve(10);
    for (int copy = 0; copy < 10; ++copy) files.emplace_back(std::to_string(copy) + ".zip", inner);
    inner = Zip(files);
  }
  return inner;
}

// What goes into the envelope.
std::string Packed(BadKind kind, const BadOptions& options) {
  switch (kind) {
    case BadKind::kGzipBomb:
      return GzipBomb(options);
    case BadKind::kZipBomb:
      return ZipBomb(options);
    case BadKind::kShortReply: {
      const std::string reply = GoodContent(options);
      return Gzip(reply.substr(0, reply.size() * 2 / 3));
    }
    case BadKind::kGzipGarbage:
      return Gzip(GoodContent(options)) + std::string("garbage\0garbage", 15);
    case BadKind::kGzipCut: {
      const std::string gzip = Gzip(GoodContent(options));
      return gzip.substr(0, gzip.size() * 3 / 4);
    }
    default:
      return Gzip(GoodContent(options));
  }
}

Envelope EnvelopeOf(BadKind kind, const BadOptions& options) {
  Envelope envelope{.recipients = {options.recipient}, .signer = options.signer};
  if (kind == BadKind::kWrongKey) envelope.recipients = {"stranger"};
  if (kind == BadKind::kUnsigned) envelope.signer.reset();
  if (kind == BadKind::kWrongSigner) envelope.signer = "stranger";
  envelope.integrity_packet = kind != BadKind::kNoIntegrity;
  return envelope;
}

// What happens to the file afterwards.
void Damage(BadKind kind, const std::filesystem::path& path) {
  std::string bytes = ReadFile(path);
  switch (kind) {
    case BadKind::kTruncated:
      WriteFile(path, bytes.substr(0, bytes.size() * 3 / 5));
      break;
    case BadKind::kTampered:
      bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 0x10);
      WriteFile(path, bytes);
      break;
    case BadKind::kTrailingGarbage:
      WriteFile(path, bytes + "\ngarbage after the end\n");
      break;
    case BadKind::kHalfWritten:
      WriteFile(path.string() + ".part", bytes.substr(0, bytes.size() / 2));
      WriteFile(path, bytes.substr(0, bytes.size() * 9 / 10));
      break;
    case BadKind::kWrongChecksum:
      WriteFile(path.string() + ".sha256",
                std::string(64, '0') + "  " + path.filename().string() + "\n");
      break;
    default:
      break;
  }
}

}  // namespace

std::string_view Name(BadKind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "unknown";
}

std::span<const BadKind> AllBadKinds() { return kKinds; }

std::optional<BadKind> BadKindFromName(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::string_view Extension(BadKind kind, BadContent content) {
  if (kind == BadKind::kZipBomb) return ".zip.gpg";
  return content == BadContent::kReply ? ".out.gz.gpg" : ".csv.gz.gpg";
}

void WriteBad(const GpgHome& home, BadKind kind, const BadOptions& options,
              const std::filesystem::path& path) {
  const std::string packed = Packed(kind, options);
  WriteDelivery(home, path, {.envelope = EnvelopeOf(kind, options)},
                [&](Output& output) { output.Write(packed); });
  Damage(kind, path);
}

}  // namespace octo::sample
