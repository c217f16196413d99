#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "storage/posix_file.h"
#include "stream/context.h"
#include "stream/source.h"

namespace octo::storage {

// A range of a regular file. The end is verified: a file that got shorter meanwhile is an error,
// not an end.
class FileSource final : public stream::Source {
 public:
  FileSource(PosixFile file, std::string path, uint64_t offset, uint64_t bytes,
             stream::Context context)
      : file_(std::move(file)),
        path_(std::move(path)),
        offset_(offset),
        left_(bytes),
        context_(std::move(context)) {}

  size_t Read(std::span<std::byte> buffer) override;

 private:
  size_t ReadSome(std::span<std::byte> buffer);

  PosixFile file_;
  const std::string path_;
  uint64_t offset_;
  uint64_t left_;
  const stream::Context context_;
  std::exception_ptr error_;
};

}  // namespace octo::storage
