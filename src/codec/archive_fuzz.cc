// libFuzzer: arbitrary bytes through OpenArchive with small limits. The first byte chooses how the
// bytes arrive.

#include <array>
#include <cstdlib>

#include "base/error.h"
#include "codec/archive.h"
#include "stream/memory_source.h"

namespace {

constexpr octo::codec::Limits kLimits = {.most_bytes = uint64_t{8} << 20,
                                         .most_entries = 200,
                                         .most_depth = 3,
                                         .most_name_bytes = 200,
                                         .most_codec_bytes = size_t{4} << 20};

void CheckName(const std::string& name) {
  const std::string inside = '/' + name + '/';
  const bool safe = name.size() <= kLimits.most_name_bytes + 20 &&
                    inside.find("/../") == std::string::npos &&
                    (name.empty() || inside.find("//") == std::string::npos);
  if (!safe) std::abort();
  for (const char c : name) {
    if (c >= 0 && c < 0x20) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  constexpr std::array<size_t, 4> kMostAtOnce = {SIZE_MAX, 1, 13, 4096};
  const size_t most_at_once = kMostAtOnce[data[0] % kMostAtOnce.size()];
  std::string bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  octo::codec::ArchiveReport report;
  try {
    const auto archive = octo::codec::OpenArchive(
        std::make_unique<octo::stream::MemorySource>(std::move(bytes), most_at_once), "fuzz",
        kLimits, (data[0] & 0x80) != 0, report, {});
    std::array<std::byte, 5000> buffer;
    while (const auto entry = archive->Next()) {
      CheckName(entry->name);
      uint64_t read = 0;
      while (const size_t count = entry->content->Read(buffer)) read += count;
      if (entry->bytes && *entry->bytes != read) std::abort();
    }
    if (report.packed_bytes != size - 1 || report.unpacked_bytes > kLimits.most_bytes) std::abort();
  } catch (const octo::Error& error) {
    if (error.stage != "unpack" || error.kind == octo::ErrorKind::kBug) std::abort();
  }
  return 0;
}
