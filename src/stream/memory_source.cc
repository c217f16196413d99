#include "stream/memory_source.h"

#include <fmt/core.h>

#include <vector>

#include "base/error.h"

namespace octo::stream {

std::string ReadAll(Source& source, size_t most_bytes) {
  std::string all;
  std::vector<std::byte> buffer(64 << 10);
  while (const size_t bytes = source.Read(buffer)) {
    if (bytes > most_bytes - all.size()) {
      throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "read",
                  fmt::format("more than {} bytes", most_bytes));
    }
    all.append(reinterpret_cast<const char*>(buffer.data()), bytes);
  }
  return all;
}

}  // namespace octo::stream
