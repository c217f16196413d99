#include "delivery.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <fstream>

#include "base/error.h"
#include "crypto/digest.h"
#include "gzip_output.h"

namespace octo::sample {
namespace {

constexpr std::array<std::string_view, 4> kCompanions = {"", ".sig", ".asc", ".sha256"};

}  // namespace

void WriteDelivery(const GpgHome& home, const std::filesystem::path& path, const Wrapping& wrapping,
                   const Content& content) {
  std::unique_ptr<Output> output =
      wrapping.envelope ? home.Encrypt(*wrapping.envelope, path) : OpenFile(path);
  if (wrapping.gzip) output = std::make_unique<GzipOutput>(std::move(output));
  content(*output);
  output->Finish();
  if (wrapping.detached_signer) home.SignDetached(path, *wrapping.detached_signer, false);
  if (wrapping.sha256) WriteChecksum(path);
}

void WriteChecksum(const std::filesystem::path& path) {
  crypto::Digest digest(crypto::DigestAlgorithm::kSha256);
  std::ifstream file(path, std::ios::binary);
  std::string chunk(1 << 16, '\0');
  while (file.read(chunk.data(), static_cast<std::streamsize>(chunk.size())), file.gcount() > 0) {
    digest.Update(std::string_view(chunk.data(), static_cast<size_t>(file.gcount())));
  }
  WriteFile(path.string() + ".sha256",
            fmt::format("{}  {}\n", digest.FinishHex(), path.filename().string()));
}

void SetDeliveryTime(const std::filesystem::path& path, Date date, int minutes) {
  using namespace std::chrono;
  const auto recently = floor<seconds>(system_clock::now()) - std::chrono::minutes(5);
  const auto written = date + days(1) + hours(6) + std::chrono::minutes(minutes);
  const timespec time = {
      .tv_sec = std::min<sys_seconds>(written, recently).time_since_epoch().count(), .tv_nsec = 0};
  const timespec times[2] = {time, time};
  for (const std::string_view companion : kCompanions) {
    const std::string name = path.string() + std::string(companion);
    if (::utimensat(AT_FDCWD, name.c_str(), times, 0) == 0 ||
        (errno == ENOENT && !companion.empty()))
      continue;
    throw Error(ErrorKind::kPermanent, ErrorScope::kProcess, "write",
                fmt::format("can't set the time of {}: {}", name, ErrnoText(errno)));
  }
}

}  // namespace octo::sample
