#include "remote/sftp/listing.h"

#include <fmt/core.h>

#include <deque>

#include "base/log.h"
#include "remote/sftp/ssh_error.h"

namespace octo::remote::sftp {
namespace {

constexpr size_t kInFlight = 8;

using Answer = PendingReply::Answer;

// A server's refusal concerns the whole inbox here.
Error ListError(const Answer& answer, const std::string& folder) {
  if (answer.type != Type::kStatus) throw ProtocolError("it answers a listing with something else");
  BodyReader reader(answer.body);
  const auto status = static_cast<Status>(reader.Number());
  const std::string text(reader.AtEnd() ? "" : reader.Text());
  Error error = StatusError(status, "list the folder " + folder, text, "list");
  error.scope = ErrorScope::kProvider;
  if (status == Status::kNoSuchFile) {
    error.message = fmt::format("cannot list the folder {}: there is no such folder", folder);
    error.hint = "check the provider's sftp folders";
  }
  return error;
}

bool IsEnd(const Answer& answer) {
  return answer.type == Type::kStatus &&
         static_cast<Status>(BodyReader(answer.body).Number()) == Status::kEof;
}

// Closes the handle whatever happens; nobody waits for the answer.
class OpenFolder {
 public:
  OpenFolder(Session& session, const std::string& folder, const stream::Context& context)
      : session_(session), context_(context) {
    const Answer answer =
        session_.Start(Type::kOpendir, BodyWriter().Text(folder).Take(), context_)
            ->Wait(context_, "list");
    if (answer.type != Type::kHandle) throw ListError(answer, folder);
    handle_ = BodyReader(answer.body).Text();
    channel_ = answer.channel;
  }
  OpenFolder(const OpenFolder&) = delete;
  OpenFolder& operator=(const OpenFolder&) = delete;
  ~OpenFolder() { Ask(Type::kClose); }

  std::shared_ptr<PendingReply> Ask(Type type) {
    return session_.Start(type, BodyWriter().Text(handle_).Take(), context_, channel_);
  }

 private:
  Session& session_;
  const stream::Context& context_;
  std::string handle_;
  uint64_t channel_ = 0;
};

class Lister {
 public:
  Lister(Session& session, std::string folder, const std::function<void(const RemoteEntry&)>& visit,
         const stream::Context& context)
      : session_(session), folder_(std::move(folder)), visit_(visit), context_(context) {}

  void Run() {
    OpenFolder open(session_, folder_, context_);
    const size_t in_flight = session_.options().pipeline == Pipeline::kGentle ? 1 : kInFlight;
    std::deque<std::shared_ptr<PendingReply>> asked;
    bool ended = false;
    while (!ended || !asked.empty()) {
      while (!ended && asked.size() < in_flight) asked.push_back(open.Ask(Type::kReaddir));
      const Answer answer = asked.front()->Wait(context_, "list");
      asked.pop_front();
      if (answer.type == Type::kName) {
        VisitAll(answer);
      } else if (IsEnd(answer)) {
        ended = true;
      } else {
        throw ListError(answer, folder_);
      }
    }
  }

 private:
  void VisitAll(const Answer& answer) {
    BodyReader reader(answer.body);
    for (uint32_t count = reader.Number(); count > 0; --count) {
      const std::string name(reader.Text());
      const std::string long_name(reader.Text());
      const Attributes attributes = reader.Attrs();
      if (name == "." || name == "..") continue;
      if (name.empty() || name.find('/') != std::string::npos ||
          name.find('\0') != std::string::npos) {
        log::Warning("{} lists \"{}\", which is no file name: left out", session_.options().host,
                     name);
        continue;
      }
      Visit(name, long_name, attributes);
    }
  }

  void Visit(const std::string& name, const std::string& long_name, Attributes attributes) {
    // The listing shows links themselves, and some servers leave out what it should show.
    if (attributes.IsLink() || !attributes.bytes || !attributes.modified) {
      const auto followed = Follow(name);
      if (!followed) return;  // it has gone, or leads nowhere
      attributes = *followed;
    }
    RemoteEntry entry = EntryOf(name, attributes);
    if (!attributes.mode && !long_name.empty()) entry.is_file = long_name.front() == '-';
    visit_(entry);
  }

  std::optional<Attributes> Follow(const std::string& name) {
    const std::string path = folder_ == "/" ? "/" + name : folder_ + "/" + name;
    const Answer answer = session_.Start(Type::kStat, BodyWriter().Text(path).Take(), context_)
                              ->Wait(context_, "list");
    if (answer.type != Type::kAttrs) return std::nullopt;
    return BodyReader(answer.body).Attrs();
  }

  Session& session_;
  const std::string folder_;
  const std::function<void(const RemoteEntry&)>& visit_;
  const stream::Context& context_;
};

}  // namespace

std::string FindInbox(Session& session, const stream::Context& context) {
  std::string tried;
  for (std::string folder : session.options().folders) {
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    const std::string path = folder.empty() ? "." : folder;
    const Answer answer =
        session.Start(Type::kStat, BodyWriter().Text(path).Take(), context)->Wait(context, "list");
    if (answer.type == Type::kAttrs) {
      const Attributes attributes = BodyReader(answer.body).Attrs();
      if (attributes.IsDirectory() || !attributes.mode) return folder;
    }
    tried += fmt::format("{}\"{}\"", tried.empty() ? "" : ", ", folder);
  }
  throw Error(
      ErrorKind::kPermanent, ErrorScope::kProvider, "list",
      fmt::format("none of the folders {} exists on {}", tried, session.options().host),
      "check the provider's sftp folders; a path without a leading / begins where the login does");
}

RemoteEntry EntryOf(std::string name, const Attributes& attributes) {
  return {std::move(name), attributes.bytes.value_or(0),
          WallTime(std::chrono::seconds(attributes.modified.value_or(0))), attributes.IsFile()};
}

void ListFolder(Session& session, const std::string& folder,
                const std::function<void(const RemoteEntry&)>& visit,
                const stream::Context& context) {
  Lister(session, folder, visit, context).Run();
}

}  // namespace octo::remote::sftp
