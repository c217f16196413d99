#pragma once

#include <sys/types.h>

#include <exception>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "storage/object_store.h"
#include "storage/posix_file.h"

namespace octo::storage {

// Names of temporary files: ".octo~" + the key's leaf, hashed + "~" + random digits. So what
// attempts left at a key can be told from what they left at its neighbours, and the name fits
// however long the leaf is.
bool IsTemporaryName(std::string_view leaf);
std::string TemporaryNamesBegin(std::string_view key);

// PreparedObject::handle of a folder: "NAME:DEVICE:INODE", the temporary file and what identifies
// it after the rename.
struct FileHandle {
  std::string name;
  dev_t device = 0;
  ino_t inode = 0;

  std::string Text() const;
  static std::optional<FileHandle> Parse(std::string_view text);
};

// A temporary file in the folder where the object will stand.
class FolderSink final : public stream::Sink {
 public:
  // `parent` is the opened folder; `path` is for messages.
  FolderSink(PosixFile parent, std::string key, std::string path, CreateOptions options,
             stream::Context context);
  ~FolderSink() override;

  void Write(std::span<const std::byte> data) override;
  stream::PreparedObject Prepare() override;

 private:
  void Discard() noexcept;
  void WriteSome(std::span<const std::byte> data);
  // Runs one step of the sink; its failure is the failure of every later step.
  template <typename Step>
  auto Run(Step step);

  PosixFile parent_;
  const std::string key_;
  const std::string path_;
  const CreateOptions options_;
  const stream::Context context_;
  const std::string temporary_;
  PosixFile file_;
  crypto::Digest digest_{crypto::DigestAlgorithm::kSha256};
  uint64_t bytes_ = 0;
  bool prepared_ = false;
  std::exception_ptr error_;
};

}  // namespace octo::storage
