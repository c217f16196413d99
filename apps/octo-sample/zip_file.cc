#include "zip_file.h"

#include <archive.h>
#include <archive_entry.h>

#include <memory>

#include "base/error.h"

namespace octo::sample {
namespace {

la_ssize_t Append(archive*, void* text, const void* bytes, size_t count) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

void Check(archive* zip, la_ssize_t result) {
  if (result >= 0) return;
  throw Error(ErrorKind::kBug, ErrorScope::kProcess, "zip", archive_error_string(zip));
}

}  // namespace

std::string Zip(const std::vector<std::pair<std::string, std::string_view>>& files) {
  constexpr time_t kTime = 1'777'500'000;  // 2026-04-29
  std::string text;
  const std::unique_ptr<archive, int (*)(archive*)> zip(archive_write_new(), archive_write_free);
  Check(zip.get(), archive_write_set_format_zip(zip.get()));
  Check(zip.get(),
        archive_write_set_bytes_in_last_block(zip.get(), 1));  // no padding after the end
  Check(zip.get(), archive_write_open(zip.get(), &text, nullptr, Append, nullptr));
  for (const auto& [name, content] : files) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), AE_IFREG);
    archive_entry_set_perm(entry.get(), 0644);
    archive_entry_set_mtime(entry.get(), kTime, 0);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    Check(zip.get(), archive_write_header(zip.get(), entry.get()));
    Check(zip.get(), archive_write_data(zip.get(), content.data(), content.size()));
  }
  Check(zip.get(), archive_write_close(zip.get()));
  return text;
}

}  // namespace octo::sample
