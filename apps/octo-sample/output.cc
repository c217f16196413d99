#include "output.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/error.h"

namespace octo::sample {
namespace {

Error Failed(std::string_view what, int error_number) {
  return {ErrorKind::kPermanent, ErrorScope::kProcess, "write",
          fmt::format("can't write {}: {}", what, ErrnoText(error_number))};
}

Error CantRead(const std::filesystem::path& path, int error_number) {
  return {ErrorKind::kPermanent, ErrorScope::kProcess, "read",
          fmt::format("can't read {}: {}", path.string(), ErrnoText(error_number))};
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

void CopyFile(const std::filesystem::path& path, Output& output) {
  const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw CantRead(path, errno);
  std::string chunk(size_t{128} << 10, '\0');
  ssize_t count = 0;
  while ((count = ::read(descriptor, chunk.data(), chunk.size())) != 0) {
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) break;
    output.Write({chunk.data(), static_cast<size_t>(count)});
  }
  const int error_number = errno;
  if (descriptor != STDIN_FILENO) ::close(descriptor);
  if (count < 0) throw CantRead(path, error_number);
}

void WriteFile(const std::filesystem::path& path, std::string_view bytes) {
  const auto file = OpenFile(path);
  file->Write(bytes);
  file->Finish();
}

std::string ReadFile(const std::filesystem::path& path) {
  std::string text;
  StringOutput output(text);
  CopyFile(path, output);
  return text;
}

}  // namespace octo::sample
