#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/time.h"
#include "stream/context.h"
#include "stream/source.h"

namespace octo::remote {

struct RemoteEntry {
  std::string
      path;  // relative to the folder, the server's bytes unchanged (any encoding, never '\0')
  uint64_t bytes = 0;
  WallTime modified;  // the server's clock; whole seconds over SFTP
  bool is_file = true;
};

// A file that is being read. Its end is verified: as many bytes as the open handle says now, and
// both the handle and the path look as they did at opening (size and time of modification);
// otherwise Read throws kIncomplete ("changed while it was read"). A dropped connection is
// reconnected inside and reading goes on at the offset it had, if the file is still the same.
class RemoteFile : public stream::Source {
 public:
  virtual const RemoteEntry& AtOpen() const = 0;
};

// A vendor's folder. Thread-safe: several files may be open at once. Failures are octo::Error:
// provider scope for what concerns the whole account (network, login, host key, missing folder),
// delivery scope for one file. Every implementation passes remote/remote_folder_contract.h.
class RemoteFolder {
 public:
  RemoteFolder() = default;
  RemoteFolder(const RemoteFolder&) = delete;
  RemoteFolder& operator=(const RemoteFolder&) = delete;
  virtual ~RemoteFolder() = default;

  // Everything directly in the folder, in no order, "." and ".." left out. Constant memory for any
  // folder size.
  virtual void List(const std::function<void(const RemoteEntry&)>& visit,
                    const stream::Context& context) = 0;
  // Reads from `offset` on.
  virtual std::unique_ptr<RemoteFile> Open(const std::string& path, uint64_t offset,
                                           const stream::Context& context) = 0;
  // Nullopt when there is no such file.
  virtual std::optional<RemoteEntry> Stat(const std::string& path,
                                          const stream::Context& context) = 0;
  // Absent: fine (done before).
  virtual void Remove(const std::string& path, const stream::Context& context) = 0;
  // Moves within the folder's tree, making the target's folder when it is missing; never replaces
  // (kConflict). Done before (source absent, target there): fine.
  virtual void Rename(const std::string& from, const std::string& to,
                      const stream::Context& context) = 0;
  // Writes a file under a temporary name and renames it, so that it is only ever seen whole. Never
  // replaces.
  virtual void Put(const std::string& path, stream::Source& content,
                   const stream::Context& context) = 0;

  // What was learned about the server (window, sessions, clock offset), as JSON to be kept and
  // given to the next connection's options; empty when there is nothing to learn.
  virtual std::string LearnedProfile() const { return {}; }
  // "sftp://user@host:22/inbox" or "file:///folder".
  virtual std::string Url() const = 0;
};

}  // namespace octo::remote
