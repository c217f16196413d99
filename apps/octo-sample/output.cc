#include "output.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "base/error.h"

namespace octo::sample {
namespace {

Error Failed(std::string_view what, int error_number) {
  return {ErrorKind::kPermanent, ErrorScope::kProcess, "write",
          fmt::format("can't write {}: {}", what, ErrnoText(error_number))};
}

class FileOutput : public Output {
 public:
  FileOutput(int descriptor, std::string name) : descriptor_(descriptor), name_(std::move(name)) {}
  ~FileOutput() override {
    if (descriptor_ > STDERR_FILENO) ::close(descriptor_);
  }

  void Write(std::string_view bytes) override { WriteAll(descriptor_, bytes, name_); }

  void Finish() override {
    if (descriptor_ == STDOUT_FILENO) return;
    const int closed = ::close(descriptor_);
    descriptor_ = -1;
    if (closed != 0) throw Failed(name_, errno);
  }

 private:
  int descriptor_;
  std::string name_;
};

}  // namespace

void WriteAll(int descriptor, std::string_view bytes, std::string_view what) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw Failed(what, errno);
    bytes.remove_prefix(static_cast<size_t>(written));
  }
}

std::unique_ptr<Output> OpenFile(const std::filesystem::path& path) {
  if (path == "-") return std::make_unique<FileOutput>(STDOUT_FILENO, "standard output");
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (descriptor < 0) throw Failed(path.string(), errno);
  return std::make_unique<FileOutput>(descriptor, path.string());
}

void WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  const auto file = OpenFile(path);
  file->Write(bytes);
  file->Finish();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kProcess, "read",
                fmt::format("can't read {}", path.string()));
  }
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace octo::sample
