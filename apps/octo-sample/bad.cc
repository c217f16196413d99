#include "bad.h"

#include <array>
#include <utility>

#include "base/error.h"
#include "bloomberg_reply.h"
#include "delivery.h"
#include "gzip_output.h"
#include "loan_tape.h"
#include "zip_file.h"

namespace octo::sample {
namespace {

struct Known {
  BadKind kind;
  std::string_view name, extension;
};

constexpr std::array<Known, 14> kKnown = {{
    {BadKind::kTruncated, "truncated", ".csv.gz.gpg"},
    {BadKind::kTampered, "tampered", ".csv.gz.gpg"},
    {BadKind::kWrongKey, "wrong-key", ".csv.gz.gpg"},
    {BadKind::kUnsigned, "unsigned", ".csv.gz.gpg"},
    {BadKind::kWrongSigner, "wrong-signer", ".csv.gz.gpg"},
    {BadKind::kNoIntegrity, "no-integrity", ".csv.gz.gpg"},
    {BadKind::kTrailingGarbage, "trailing-garbage", ".csv.gz.gpg"},
    {BadKind::kGzipGarbage, "gzip-garbage", ".csv.gz.gpg"},
    {BadKind::kGzipCut, "gzip-cut", ".csv.gz.gpg"},
    {BadKind::kGzipBomb, "gzip-bomb", ".csv.gz.gpg"},
    {BadKind::kZipBomb, "zip-bomb", ".zip.gpg"},
    {BadKind::kHalfWritten, "half-written", ".csv.gz.gpg"},
    {BadKind::kWrongChecksum, "wrong-checksum", ".csv.gz.gpg"},
    {BadKind::kShortReply, "short-reply", ".out.gz.gpg"},
}};

constexpr std::array<BadKind, kKnown.size()> kKinds = [] {
  std::array<BadKind, kKnown.size()> kinds{};
  for (size_t at = 0; at < kinds.size(); ++at) kinds[at] = kKnown[at].kind;
  return kinds;
}();

const Known& KnownOf(BadKind kind) {
  for (const Known& known : kKnown) {
    if (known.kind == kind) return known;
  }
  throw Error(ErrorKind::kBug, ErrorScope::kProcess, "bad", "unknown kind");
}

std::string SmallTape(const BadOptions& options) {
  std::string text;
  StringOutput output(text);
  WriteTape(LoanPool(options.seed, 1000), options.date, output);
  return text;
}

std::string CutReply(const BadOptions& options) {
  std::string text;
  StringOutput output(text);
  WriteReply({.seed = options.seed, .date = options.date}, output);
  return text.substr(0, text.size() * 2 / 3);
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
    case BadKind::kShortReply:
      return Gzip(CutReply(options));
    case BadKind::kGzipGarbage:
      return Gzip(SmallTape(options)) + std::string("garbage\0garbage", 15);
    case BadKind::kGzipCut: {
      const std::string gzip = Gzip(SmallTape(options));
      return gzip.substr(0, gzip.size() * 3 / 4);
    }
    default:
      return Gzip(SmallTape(options));
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

std::string_view Name(BadKind kind) { return KnownOf(kind).name; }
std::string_view Extension(BadKind kind) { return KnownOf(kind).extension; }
std::span<const BadKind> AllBadKinds() { return kKinds; }

std::optional<BadKind> BadKindFromName(std::string_view name) {
  for (const Known& known : kKnown) {
    if (known.name == name) return known.kind;
  }
  return std::nullopt;
}

void WriteBad(const GpgHome& home, BadKind kind, const BadOptions& options,
              const std::filesystem::path& path) {
  const std::string packed = Packed(kind, options);
  WriteDelivery(home, path, {.envelope = EnvelopeOf(kind, options)},
                [&](Output& output) { output.Write(packed); });
  Damage(kind, path);
}

}  // namespace octo::sample
