#include "remote/sftp/upload.h"

#include <algorithm>
#include <deque>
#include <vector>

#include "remote/sftp/ssh_error.h"

namespace octo::remote::sftp {
namespace {

constexpr size_t kInFlight = 16;
constexpr uint64_t kMostWrite = 64 << 10;

class Writer {
 public:
  Writer(Session& session, const std::string& path, const std::string& name,
         const stream::Context& context)
      : session_(session), name_(name), context_(context) {
    const auto answer = session_
                            .Start(Type::kOpen,
                                   BodyWriter()
                                       .Text(path)
                                       .Number(kOpenWrite | kOpenCreate | kOpenExclusive)
                                       .Number(0)
                                       .Take(),
                                   context_)
                            ->Wait(context_, "remote");
    if (answer.type != Type::kHandle) Require(answer);
    handle_ = BodyReader(answer.body).Text();
    channel_ = answer.channel;
  }

  void Write(std::string_view bytes) {
    const size_t most = session_.options().pipeline == Pipeline::kGentle ? 1 : kInFlight;
    while (asked_.size() >= most) Settle();
    asked_.push_back(
        Ask(Type::kWrite, BodyWriter().Text(handle_).Long(offset_).Text(bytes).Take()));
    offset_ += bytes.size();
  }

  void Close() {
    const auto traits = session_.traits();
    if (traits && traits->extensions.contains("fsync@openssh.com")) {
      asked_.push_back(
          Ask(Type::kExtended, BodyWriter().Text("fsync@openssh.com").Text(handle_).Take()));
    }
    asked_.push_back(Ask(Type::kClose, BodyWriter().Text(handle_).Take()));
    while (!asked_.empty()) Settle();
  }

  // Whatever went wrong: the handle must not stay open.
  void Abort() { Ask(Type::kClose, BodyWriter().Text(handle_).Take()); }

 private:
  std::shared_ptr<PendingReply> Ask(Type type, std::string body) {
    return session_.Start(type, std::move(body), context_, channel_);
  }

  void Settle() {
    Require(asked_.front()->Wait(context_, "remote"));
    asked_.pop_front();
  }

  void Require(const PendingReply::Answer& answer) {
    if (answer.type != Type::kStatus) throw ProtocolError("it answers a write with something else");
    BodyReader reader(answer.body);
    const auto status = static_cast<Status>(reader.Number());
    const std::string text(reader.AtEnd() ? "" : reader.Text());
    if (status != Status::kOk) throw StatusError(status, "write " + name_, text, "remote");
  }

  Session& session_;
  const std::string& name_;
  const stream::Context& context_;
  std::string handle_;
  uint64_t channel_ = 0;
  uint64_t offset_ = 0;
  std::deque<std::shared_ptr<PendingReply>> asked_;
};

}  // namespace

void Upload(Session& session, const std::string& path, const std::string& name,
            stream::Source& content, const stream::Context& context) {
  Writer writer(session, path, name, context);
  try {
    const auto traits = session.traits();
    const size_t most = std::min(kMostWrite, traits ? traits->most_write : uint64_t{32 << 10});
    std::vector<std::byte> buffer(most);
    while (const size_t count = content.Read(buffer)) {
      writer.Write({reinterpret_cast<const char*>(buffer.data()), count});
    }
    writer.Close();
  } catch (...) {
    writer.Abort();
    throw;
  }
}

}  // namespace octo::remote::sftp
