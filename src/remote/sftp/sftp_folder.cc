#include "remote/sftp/sftp_folder.h"

#include <fmt/core.h>

#include <algorithm>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "crypto/digest.h"
#include "remote/sftp/file_transfer.h"
#include "remote/sftp/listing.h"
#include "remote/sftp/session.h"
#include "remote/sftp/ssh_error.h"
#include "remote/sftp/upload.h"

namespace octo::remote {
namespace sftp {
namespace {

constexpr int kMostTries = 3;

class SftpFile final : public RemoteFile {
 public:
  SftpFile(std::shared_ptr<Session> session, std::shared_ptr<FileTransfer> transfer)
      : session_(std::move(session)), transfer_(std::move(transfer)) {
    session_->Join(transfer_);
  }
  ~SftpFile() override {
    transfer_->Abandon();
    session_->Post([session = session_.get(), transfer = transfer_] { transfer->Leave(*session); });
  }

  void WaitUntilOpen() { at_open_ = transfer_->WaitUntilOpen(); }
  const RemoteEntry& AtOpen() const override { return at_open_; }
  size_t Read(std::span<std::byte> buffer) override { return transfer_->Read(buffer, *session_); }

 private:
  std::shared_ptr<Session> session_;
  std::shared_ptr<FileTransfer> transfer_;
  RemoteEntry at_open_;
};

class SftpFolder final : public RemoteFolder {
 public:
  explicit SftpFolder(SftpOptions options)
      : session_(std::make_shared<Session>(std::move(options))) {}

  void List(const std::function<void(const RemoteEntry&)>& visit,
            const stream::Context& context) override;
  std::unique_ptr<RemoteFile> Open(const std::string& path, uint64_t offset,
                                   const stream::Context& context) override;
  std::optional<RemoteEntry> Stat(const std::string& path, const stream::Context& context) override;
  void Remove(const std::string& path, const stream::Context& context) override;
  void Rename(const std::string& from, const std::string& to,
              const stream::Context& context) override;
  void Put(const std::string& path, stream::Source& content,
           const stream::Context& context) override;
  std::string LearnedProfile() const override { return FormatProfile(session_->profile()); }
  std::string Url() const override;

 private:
  using Answer = PendingReply::Answer;

  // Does it again on a new connection when the old one was lost.
  template <typename Function>
  auto Persistently(const stream::Context& context, const char* stage, Function function);
  std::string Base(const stream::Context& context);
  std::string FullPath(const std::string& path, const stream::Context& context);
  Answer Call(Type type, std::string body, const stream::Context& context, const char* stage);
  std::optional<Attributes> Attrs(Type type, const std::string& full_path,
                                  const stream::Context& context, const char* stage);
  void MakeParents(const std::string& path, const stream::Context& context);
  void Move(const std::string& from, const std::string& to, const std::string& full_from,
            const std::string& full_to, const stream::Context& context, const char* stage);

  const std::shared_ptr<Session> session_;
  std::mutex mutex_;
  std::optional<std::string> base_;
};

struct StatusText {
  Status status = Status::kOk;
  std::string text;
};

StatusText StatusOf(const PendingReply::Answer& answer) {
  if (answer.type != Type::kStatus) {
    throw Error(ErrorKind::kTransient, ErrorScope::kProvider, "remote",
                "the server breaks the SFTP protocol: it gives an answer of the wrong kind");
  }
  BodyReader reader(answer.body);
  StatusText result{static_cast<Status>(reader.Number()), {}};
  if (!reader.AtEnd()) result.text = reader.Text();
  return result;
}

void RequireInside(const std::string& path) {
  const bool climbs = path.starts_with("../") || path.ends_with("/..") || path == ".." ||
                      path.find("/../") != std::string::npos;
  if (path.empty() || path.front() == '/' || climbs || path.find('\0') != std::string::npos) {
    throw Error(ErrorKind::kUsage, ErrorScope::kDelivery, "remote",
                fmt::format("\"{}\" is no path inside the vendor's folder", path));
  }
}

template <typename Function>
auto SftpFolder::Persistently(const stream::Context& context, const char* stage,
                              Function function) {
  for (int tries = 1;; ++tries) {
    try {
      return function();
    } catch (const ProtocolError& error) {
      throw Error(ErrorKind::kTransient, ErrorScope::kProvider, stage,
                  fmt::format("the server breaks the SFTP protocol: {}", error.what()));
    } catch (const Error& error) {
      const bool lost = error.kind == ErrorKind::kTransient && error.stage == "remote";
      if (!lost || tries == kMostTries) throw;
      context.ThrowIfStopped(stage);
    }
  }
}

std::string SftpFolder::Base(const stream::Context& context) {
  const std::lock_guard lock(mutex_);
  if (!base_) base_ = Persistently(context, "list", [&] { return FindInbox(*session_, context); });
  return *base_;
}

std::string SftpFolder::FullPath(const std::string& path, const stream::Context& context) {
  RequireInside(path);
  const std::string base = Base(context);
  if (base.empty()) return path;
  return base == "/" ? "/" + path : base + "/" + path;
}

SftpFolder::Answer SftpFolder::Call(Type type, std::string body, const stream::Context& context,
                                    const char* stage) {
  return session_->Start(type, std::move(body), context)->Wait(context, stage);
}

std::optional<Attributes> SftpFolder::Attrs(Type type, const std::string& full_path,
                                            const stream::Context& context, const char* stage) {
  const Answer answer = Persistently(context, stage, [&] {
    return Call(type, BodyWriter().Text(full_path).Take(), context, stage);
  });
  if (answer.type == Type::kAttrs) return BodyReader(answer.body).Attrs();
  const StatusText status = StatusOf(answer);
  if (status.status == Status::kNoSuchFile) return std::nullopt;
  throw StatusError(status.status, "look at " + full_path, status.text, stage);
}

void SftpFolder::List(const std::function<void(const RemoteEntry&)>& visit,
                      const stream::Context& context) {
  const std::string base = Base(context);
  bool visited = false;
  const auto once = [&](const RemoteEntry& entry) {
    visited = true;
    visit(entry);
  };
  const auto list = [&] {
    try {
      ListFolder(*session_, base.empty() ? "." : base, once, context);
    } catch (Error& error) {
      // What was visited can't be taken back: the caller must begin anew.
      if (visited && error.stage == "remote") error.stage = "list";
      throw;
    }
  };
  Persistently(context, "list", list);
}

std::unique_ptr<RemoteFile> SftpFolder::Open(const std::string& path, uint64_t offset,
                                             const stream::Context& context) {
  const std::string full_path = FullPath(path, context);
  return Persistently(context, "download", [&] {
    auto transfer = std::make_shared<FileTransfer>(full_path, path, offset, context);
    auto file = std::make_unique<SftpFile>(session_, std::move(transfer));
    file->WaitUntilOpen();
    return file;
  });
}

std::optional<RemoteEntry> SftpFolder::Stat(const std::string& path,
                                            const stream::Context& context) {
  const auto attributes = Attrs(Type::kStat, FullPath(path, context), context, "list");
  if (!attributes) return std::nullopt;
  return EntryOf(path, *attributes);
}

void SftpFolder::Remove(const std::string& path, const stream::Context& context) {
  const std::string full_path = FullPath(path, context);
  const StatusText status = Persistently(context, "remote", [&] {
    return StatusOf(Call(Type::kRemove, BodyWriter().Text(full_path).Take(), context, "remote"));
  });
  if (status.status == Status::kOk || status.status == Status::kNoSuchFile) return;
  throw StatusError(status.status, "remove " + path, status.text, "remote");
}

void SftpFolder::Rename(const std::string& from, const std::string& to,
                        const stream::Context& context) {
  RequireInside(to);
  Move(from, to, FullPath(from, context), FullPath(to, context), context, "remote");
}

void SftpFolder::Move(const std::string& from, const std::string& to, const std::string& full_from,
                      const std::string& full_to, const stream::Context& context,
                      const char* stage) {
  const bool target = Attrs(Type::kLstat, full_to, context, stage).has_value();
  const bool source = Attrs(Type::kLstat, full_from, context, stage).has_value();
  if (target && !source) return;
  if (target) {
    throw Error(ErrorKind::kConflict, ErrorScope::kDelivery, stage,
                fmt::format("cannot rename {}: {} is there already", from, to));
  }
  if (!source) throw StatusError(Status::kNoSuchFile, "rename " + from, "", stage);
  MakeParents(full_to, context);
  const std::string body = BodyWriter().Text(full_from).Text(full_to).Take();
  const StatusText status = Persistently(
      context, stage, [&] { return StatusOf(Call(Type::kRename, body, context, stage)); });
  if (status.status == Status::kOk) return;
  // A lost connection may have hidden that the first try succeeded; another may have been faster.
  const bool there = Attrs(Type::kLstat, full_to, context, stage).has_value();
  if (there && !Attrs(Type::kLstat, full_from, context, stage)) return;
  if (there) {
    throw Error(ErrorKind::kConflict, ErrorScope::kDelivery, stage,
                fmt::format("cannot rename {}: {} is there already", from, to));
  }
  throw StatusError(status.status, fmt::format("rename {} to {}", from, to), status.text, stage);
}

// Makes the folders above a path, as far as they are missing.
void SftpFolder::MakeParents(const std::string& path, const stream::Context& context) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos || slash == 0) return;
  const std::string parent = path.substr(0, slash);
  if (Attrs(Type::kStat, parent, context, "remote")) return;
  MakeParents(parent, context);
  const std::string body = BodyWriter().Text(parent).Number(0).Take();
  const StatusText status = StatusOf(Call(Type::kMkdir, body, context, "remote"));
  if (status.status != Status::kOk && !Attrs(Type::kStat, parent, context, "remote")) {
    throw StatusError(status.status, "make the folder " + parent, status.text, "remote");
  }
}

void SftpFolder::Put(const std::string& path, stream::Source& content,
                     const stream::Context& context) {
  const std::string full_path = FullPath(path, context);
  if (Attrs(Type::kLstat, full_path, context, "remote")) {
    throw Error(ErrorKind::kConflict, ErrorScope::kDelivery, "remote",
                fmt::format("cannot write {}: it is there already", path));
  }
  MakeParents(full_path, context);
  const size_t slash = full_path.rfind('/');
  const std::string temporary = (slash == std::string::npos ? "" : full_path.substr(0, slash + 1)) +
                                ".octo-" + crypto::RandomUuid() + ".tmp";
  const auto discard = [&] {
    // Also after a cancellation: with a short patience of its own.
    stream::Context last;
    last.silence = std::chrono::seconds(1);
    session_->Start(Type::kRemove, BodyWriter().Text(temporary).Take(), last);
  };
  try {
    Upload(*session_, temporary, path, content, context);
    const auto attributes = Attrs(Type::kStat, temporary, context, "remote");
    if (attributes && attributes->modified) {
      session_->LearnClockOffset(
          std::chrono::seconds(*attributes->modified) -
          std::chrono::duration_cast<std::chrono::seconds>(SystemNow().time_since_epoch()));
    }
    Move(path, path, temporary, full_path, context, "remote");
  } catch (...) {
    discard();
    throw;
  }
}

std::string SftpFolder::Url() const {
  const auto& options = session_->options();
  const std::string folder = options.folders.empty() ? "" : options.folders.front();
  return fmt::format("sftp://{}@{}:{}/{}", options.user, options.host, options.port,
                     folder.starts_with("/") ? folder.substr(1) : folder);
}

}  // namespace
}  // namespace sftp

std::unique_ptr<RemoteFolder> MakeSftpFolder(SftpOptions options) {
  return std::make_unique<sftp::SftpFolder>(std::move(options));
}

}  // namespace octo::remote
