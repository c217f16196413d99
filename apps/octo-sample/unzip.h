#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace octo::sample {

// The contents of a zip file, in order (for tests); empty when it is none.
inline std::vector<std::string> Unzip(std::string_view bytes) {
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_read_new(), archive_read_free);
  archive_read_support_format_zip(zip.get());
  std::vector<std::string> files;
  if (archive_read_open_memory(zip.get(), bytes.data(), bytes.size()) != ARCHIVE_OK) return files;
  archive_entry* entry = nullptr;
  while (archive_read_next_header(zip.get(), &entry) == ARCHIVE_OK) {
    std::string& file = files.emplace_back();
    std::string chunk(1 << 16, '\0');
    la_ssize_t count = 0;
    while ((count = archive_read_data(zip.get(), chunk.data(), chunk.size())) > 0) {
      file.append(chunk, 0, static_cast<size_t>(count));
    }
  }
  return files;
}

}  // namespace octo::sample
