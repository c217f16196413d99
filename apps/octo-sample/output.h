#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

namespace octo::sample {

// Where bytes go. Finish makes it whole (a trailer, a closed file, a child that ended well) and is
// called exactly once, after the last Write; both throw octo::Error. An output that is destroyed
// unfinished is left as it is: nobody counts on a half-written sample. One thread at a time.
class Output {
 public:
  Output() = default;
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;
  virtual ~Output() = default;

  virtual void Write(std::string_view bytes) = 0;
  virtual void Finish() = 0;
};

// Creates or overwrites `path`; "-" is standard output.
std::unique_ptr<Output> OpenFile(const std::filesystem::path& path);

// Keeps what is written in `text`, which must outlive it.
class StringOutput : public Output {
 public:
  explicit StringOutput(std::string& text) : text_(text) {}
  void Write(std::string_view bytes) override { text_.append(bytes); }
  void Finish() override {}

 private:
  std::string& text_;
};

// Counts and forgets.
class CountingOutput : public Output {
 public:
  void Write(std::string_view bytes) override { bytes_ += bytes.size(); }
  void Finish() override {}
  size_t Bytes() const { return bytes_; }

 private:
  size_t bytes_ = 0;
};

// Writes all of `bytes` to the descriptor; `what` names it in the error.
void WriteAll(int descriptor, std::string_view bytes, std::string_view what);

// Copies a file of any size; "-" is standard input.
void CopyFile(const std::filesystem::path& path, Output& output);

// Whole small files.
void WriteFile(const std::filesystem::path& path, std::string_view bytes);
std::string ReadFile(const std::filesystem::path& path);

}  // namespace octo::sample
