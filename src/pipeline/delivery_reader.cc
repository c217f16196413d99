#include "pipeline/delivery_reader.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <utility>

#include "provider/checksum_file.h"
#include "provider/extension.h"
#include "stream/borrowed_source.h"
#include "stream/memory_source.h"
#include "stream/read_ahead.h"
#include "stream/sticky_source.h"
#include "stream/taps.h"

namespace octo::pipeline {
namespace {

constexpr size_t kReadAheadBytes = size_t{4} << 20;
constexpr size_t kPreflightBytes = size_t{32} << 10;
constexpr uint64_t kMostCompanionBytes = uint64_t{1} << 20;

// Passes bytes through and compares their digest with a companion's at the end.
class ChecksumSource final : public stream::StickySource {
 public:
  ChecksumSource(std::unique_ptr<stream::Source> wrapped, const CompanionText& companion,
                 std::string expected)
      : wrapped_(std::move(wrapped)),
        companion_(companion),
        expected_(std::move(expected)),
        digest_(companion.companion.kind == provider::CompanionKind::kMd5
                    ? crypto::DigestAlgorithm::kMd5
                    : crypto::DigestAlgorithm::kSha256) {}

 protected:
  size_t Pull(std::span<std::byte> buffer) override {
    const size_t bytes = wrapped_->Read(buffer);
    if (bytes == 0) Verify();
    digest_.Update(buffer.first(bytes));
    return bytes;
  }

 private:
  void Verify() {
    const std::string actual = digest_.FinishHex();
    if (actual == expected_) return;
    const bool stale = companion_.older_than_data;
    throw Error(stale ? ErrorKind::kIncomplete : ErrorKind::kCorrupt, ErrorScope::kDelivery,
                "verify",
                fmt::format("the checksum in {} is {}, the file's is {}", companion_.companion.name,
                            expected_, actual),
                stale ? "the companion is older than the file: a new one may still come"
                      : "ask the vendor to send the file and its checksum again");
  }

  std::unique_ptr<stream::Source> wrapped_;
  const CompanionText& companion_;
  const std::string expected_;
  crypto::Digest digest_;
};

bool NameSaysEncrypted(std::string_view name) {
  const auto ends = [&](std::string_view ending) {
    return provider::EndsWithIgnoringCase(name, ending);
  };
  return ends(".gpg") || ends(".pgp");
}

double Seconds(int64_t nanoseconds) {
  return static_cast<double>(std::max<int64_t>(nanoseconds, 0)) / 1e9;
}

}  // namespace

std::vector<CompanionText> FetchCompanions(const Site& site, const PlannedFile& file,
                                           const stream::Context& context) {
  std::vector<CompanionText> texts;
  for (const auto& companion : file.companions) {
    if (companion.kind == provider::CompanionKind::kSignature &&
        site.openpgp_policy.signature == openpgp::SignaturePolicy::kIgnore) {
      continue;
    }
    stream::Context quiet = context;
    quiet.progress = nullptr;
    const auto source = site.remote.Open(companion.name, 0, quiet);
    texts.push_back({.companion = companion,
                     .text = stream::ReadAll(*source, kMostCompanionBytes),
                     .older_than_data = source->AtOpen().modified < file.entry.modified});
  }
  return texts;
}

DeliveryReader::DeliveryReader(const Site& site, std::string name,
                               std::unique_ptr<stream::Source> transfer,
                               std::stop_source stop_transfer,
                               std::vector<CompanionText> companions, stream::Sink* raw_copy,
                               const stream::Context& context)
    : site_(site), name_(std::move(name)), companions_(std::move(companions)), context_(context) {
  std::unique_ptr<stream::Source> source = std::make_unique<stream::ReadAhead>(
      std::move(transfer), kReadAheadBytes, context.stop, std::move(stop_transfer));
  source = std::make_unique<stream::TimedSource>(std::move(source), transfer_wait_);
  source = std::make_unique<stream::HashingSource>(std::move(source), facts_.transfer);
  if (raw_copy != nullptr)
    source = std::make_unique<stream::TeeSource>(std::move(source), *raw_copy);
  transfer_ = std::make_unique<stream::PeekSource>(WithCompanions(std::move(source), false));
}

DeliveryReader::~DeliveryReader() = default;

std::unique_ptr<stream::Source> DeliveryReader::WithCompanions(
    std::unique_ptr<stream::Source> source, bool of_content) {
  for (const auto& companion : companions_) {
    if (companion.companion.of_content != of_content) continue;
    if (companion.companion.kind == provider::CompanionKind::kSignature) {
      if (site_.openpgp_policy.signature == openpgp::SignaturePolicy::kIgnore) continue;
      detached_reports_.push_back(std::make_unique<openpgp::MessageReport>());
      source =
          site_.decryptor.VerifyDetached(std::move(source), companion.text, site_.openpgp_policy,
                                         *detached_reports_.back(), context_);
    } else {
      const std::string about =
          companion.companion.name.substr(0, companion.companion.name.rfind('.'));
      source = std::make_unique<ChecksumSource>(
          std::move(source), companion,
          provider::ChecksumFor(companion.text, about, companion.companion.kind));
      facts_.companions.push_back("checksum " + companion.companion.name);
    }
  }
  return source;
}

std::unique_ptr<stream::Source> DeliveryReader::WithDecryption(
    std::unique_ptr<stream::Source> source) {
  const auto first_bytes = transfer_->Peek(kPreflightBytes);
  const openpgp::Preflight preflight = site_.decryptor.Inspect(first_bytes);
  if (!preflight.is_openpgp) {
    if (NameSaysEncrypted(name_) && !first_bytes.empty()) {
      throw Error(
          ErrorKind::kCorrupt, ErrorScope::kDelivery, "decrypt",
          fmt::format("{} is named as an encrypted file, but its content is not an OpenPGP message",
                      name_),
          "ask the vendor what was sent; nothing was landed");
    }
    return source;
  }
  if (!preflight.problem.empty()) {
    throw Error(
        ErrorKind::kDenied, ErrorScope::kDelivery, "decrypt",
        fmt::format("{} is {}", name_, preflight.problem),
        "see `octo keys`; ask the vendor to encrypt to your current key, or add the missing key");
  }
  facts_.openpgp.emplace();
  openpgp::Policy policy = site_.openpgp_policy;
  // A detached signature meets "required" too; Finish looks whether either did. A bad one inside is
  // refused all the same.
  if (policy.signature == openpgp::SignaturePolicy::kRequired && HasDetachedSignature()) {
    policy.signature = openpgp::SignaturePolicy::kOptional;
  }
  source = site_.decryptor.Decrypt(std::move(source), policy, *facts_.openpgp, context_);
  source = std::make_unique<stream::TimedSource>(std::move(source), decrypt_wait_);
  return WithCompanions(std::move(source), true);
}

bool DeliveryReader::HasDetachedSignature() const {
  return std::any_of(companions_.begin(), companions_.end(), [](const CompanionText& companion) {
    return companion.companion.kind == provider::CompanionKind::kSignature;
  });
}

codec::Archive& DeliveryReader::Open() {
  auto source = WithDecryption(std::make_unique<stream::BorrowedSource>(*transfer_));
  const bool vouched =
      facts_.openpgp.has_value() || !facts_.companions.empty() || !detached_reports_.empty();
  archive_ =
      codec::OpenArchive(std::move(source), name_, site_.limits, vouched, facts_.archive, context_);
  return *archive_;
}

void DeliveryReader::DrainTransfer() {
  archive_.reset();
  std::vector<std::byte> buffer(size_t{256} << 10);
  while (transfer_->Read(buffer) > 0) {
  }
}

Facts DeliveryReader::Finish(double seconds_waited) {
  bool is_signed = false;
  const auto note_signatures = [&](const openpgp::MessageReport& report, bool detached) {
    for (const auto& signature : report.signatures) {
      if (signature.verdict != openpgp::SignatureReport::Verdict::kGood) continue;
      is_signed = true;
      if (detached) facts_.companions.push_back("detached signature " + signature.key_id);
    }
  };
  for (const auto& report : detached_reports_) note_signatures(*report, true);
  if (facts_.openpgp) note_signatures(*facts_.openpgp, false);
  if (site_.openpgp_policy.signature == openpgp::SignaturePolicy::kRequired && !is_signed) {
    throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "verify",
                fmt::format("{} carries no good signature, and signature = \"required\"", name_),
                "ask the vendor to sign it, or relax the policy");
  }
  const auto vouched = facts_.VouchedBy();
  if (site_.provider.unframed == provider::Unframed::kRequireCompanion &&
      vouched.front() == "size alone") {
    throw Error(
        ErrorKind::kCorrupt, ErrorScope::kDelivery, "verify",
        fmt::format(
            "nothing vouches for the end of {}: no encryption, compression, signature or checksum",
            name_),
        "ask the vendor for a .sha256 companion, or set unframed = \"allow\"");
  }
  // The layers wait for one another beside us, on threads of their own: only what the caller waited
  // for too counts.
  const double waited = Seconds(facts_.openpgp ? decrypt_wait_ : transfer_wait_);
  const double below_codecs = std::min(waited, seconds_waited);
  facts_.times.download = std::min(Seconds(transfer_wait_), below_codecs);
  facts_.times.decrypt = below_codecs - facts_.times.download;
  facts_.times.unpack = seconds_waited - below_codecs;
  return std::move(facts_);
}

}  // namespace octo::pipeline
