#pragma once

#include <filesystem>

#include "storage/folder_sink.h"
#include "storage/folder_tree.h"
#include "storage/object_store.h"

namespace octo::storage {

// Objects as files under a folder, which is made with the first object. An object is written to a
// temporary file beside its place, brought to disk, and published by a rename that replaces nothing
// (kAbsent), anything (kNone), or just the file with the expected etag (kMatches; that check is
// exact among processes of ours, which lock the folder for it). An etag is inode, size and time of
// modification.
//
// A published file is known as ours by its attempt in the extended attributes, and where the file
// system has none of these, by device, inode and size, which the handle recorded. Files named
// ".octo~..." are ours, and are never listed.
class FolderStore final : public ObjectStore {
 public:
  // An absolute or relative path; ~ is not expanded.
  explicit FolderStore(const std::filesystem::path& root);

  std::unique_ptr<stream::Sink> Create(const std::string& key, CreateOptions options,
                                       const stream::Context& context) override;
  PublishResult Publish(const stream::PreparedObject& object,
                        const stream::Context& context) override;
  void Abandon(const stream::PreparedObject& object, const stream::Context& context) override;
  void AbandonAttempts(const std::string& key, const std::vector<std::string>& keep,
                       const stream::Context& context) override;
  std::unique_ptr<stream::Source> Open(const std::string& key, ByteRange range,
                                       const stream::Context& context) override;
  std::optional<ObjectInfo> Stat(const std::string& key, const stream::Context& context) override;
  void List(const std::string& prefix, const std::function<bool(const ObjectInfo&)>& visit,
            const stream::Context& context) override;
  void Remove(const std::string& key, const stream::Precondition& precondition,
              const stream::Context& context) override;
  std::string Url() const override;

 private:
  PublishResult Published(const stream::PreparedObject& object, const PosixFile& parent,
                          const FileHandle& handle, const struct stat& status) const;
  PublishResult Conflict(const stream::PreparedObject& object, const PosixFile& parent,
                         const FileHandle& handle, bool something_stands) const;

  const FolderTree tree_;
};

}  // namespace octo::storage
