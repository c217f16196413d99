#include "remote/sftp/fake_server.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "remote/sftp/protocol.h"

namespace octo::remote::sftp {
namespace {

constexpr uint32_t kModified = 1700000000;

struct Request {
  Type type = Type::kInit;
  std::string body;
};

class FakeServer {
 public:
  FakeServer(const std::string& modes, std::string state_file)
      : state_file_(std::move(state_file)) {
    size_t begin = 0;
    while (begin < modes.size()) {
      const size_t end = std::min(modes.find(',', begin), modes.size());
      const std::string mode = modes.substr(begin, end - begin);
      const size_t equals = mode.find('=');
      modes_[mode.substr(0, equals)] =
          equals == std::string::npos ? 0 : std::stoi(mode.substr(equals + 1));
      begin = end + 1;
    }
  }

  int Run() {
    if (Has("greeting")) Emit("Welcome to the vendor's server!\n");
    while (true) {
      std::vector<Request> batch = ReadWaiting();
      if (batch.empty()) return 0;
      if (Has("deep") && batch.size() > static_cast<size_t>(modes_["deep"])) Hang();
      if (Has("reorder")) std::reverse(batch.begin(), batch.end());
      for (const auto& request : batch) Answer(request);
    }
  }

 private:
  bool Has(const std::string& mode) const { return modes_.contains(mode); }

  // At least one request, and all that are waiting then.
  std::vector<Request> ReadWaiting() {
    std::vector<Request> requests;
    while (true) {
      while (auto request = Cut()) requests.push_back(std::move(*request));
      pollfd input{STDIN_FILENO, POLLIN, 0};
      const int wait = requests.empty() ? -1 : 20;
      if (poll(&input, 1, wait) <= 0) return requests;
      char buffer[65536];
      const ssize_t count = read(STDIN_FILENO, buffer, sizeof buffer);
      if (count <= 0) return {};
      input_.append(buffer, static_cast<size_t>(count));
    }
  }

  std::optional<Request> Cut() {
    if (input_.size() < 5) return std::nullopt;
    const size_t length = GetNumber(input_.data());
    if (input_.size() < 4 + length) return std::nullopt;
    Request request{static_cast<Type>(input_[4]), input_.substr(5, length - 1)};
    input_.erase(0, 4 + length);
    return request;
  }

  void Emit(const std::string& bytes) {
    for (size_t sent = 0; sent < bytes.size();) {
      const ssize_t count = write(STDOUT_FILENO, bytes.data() + sent, bytes.size() - sent);
      if (count <= 0) _exit(1);
      sent += static_cast<size_t>(count);
    }
  }

  void Send(Type type, const std::string& body) {
    Emit(BodyWriter().Number(static_cast<uint32_t>(body.size() + 1)).Take() +
         static_cast<char>(type) + body);
  }

  void SendStatus(uint32_t id, Status status) {
    Send(
        Type::kStatus,
        BodyWriter().Number(id).Number(static_cast<uint32_t>(status)).Text("fake").Text("").Take());
  }

  [[noreturn]] void Hang() {
    while (true) pause();
  }

  // Counts over all sessions; the count is the size of a file next to the log.
  int CountRead() {
    const int fd = open((state_file_ + ".count").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    [[maybe_unused]] const auto written = write(fd, ".", 1);
    const auto count = static_cast<int>(lseek(fd, 0, SEEK_END));
    close(fd);
    return count;
  }

  uint64_t BytesOf(const std::string& path) const {
    const size_t at = path.rfind('f');
    return at == std::string::npos ? 0 : std::strtoull(path.c_str() + at + 1, nullptr, 10);
  }

  void SendAttributes(uint32_t id, const std::string& path) {
    const bool folder = path == ".";
    const uint64_t grown = Has("grow") ? looks_++ : 0;
    Send(Type::kAttrs, BodyWriter()
                           .Number(id)
                           .Number(1 | 4 | 8)
                           .Long(BytesOf(path) + grown)
                           .Number(folder ? S_IFDIR | 0755 : S_IFREG | 0644)
                           .Number(kModified)
                           .Number(kModified)
                           .Take());
  }

  void Answer(const Request& request) {
    if (request.type == Type::kInit) {
      BodyWriter version;
      version.Number(3);
      if (Has("limits")) version.Text("limits@openssh.com").Text("1");
      return Send(Type::kVersion, version.Take());
    }
    BodyReader reader(request.body);
    const uint32_t id = reader.Number();
    switch (request.type) {
      case Type::kStat:
      case Type::kLstat:
        return SendAttributes(id, std::string(reader.Text()));
      case Type::kFstat:
        return OnHandle(id, std::string(reader.Text()),
                        [&](const std::string& path) { SendAttributes(id, path); });
      case Type::kOpen:
        return Open(id, std::string(reader.Text()));
      case Type::kClose:
        handles_.erase(std::string(reader.Text()));
        return SendStatus(id, Status::kOk);
      case Type::kRead: {
        const std::string handle(reader.Text());
        const uint64_t offset = reader.Long();
        const uint32_t bytes = reader.Number();
        return OnHandle(id, handle,
                        [&](const std::string& path) { Read(id, path, offset, bytes); });
      }
      case Type::kExtended:
        return Send(Type::kExtendedReply,
                    BodyWriter().Number(id).Long(262144).Long(261120).Long(261120).Long(0).Take());
      default:
        return SendStatus(id, Status::kUnsupported);
    }
  }

  template <typename Function>
  void OnHandle(uint32_t id, const std::string& handle, Function function) {
    const auto found = handles_.find(handle);
    if (found == handles_.end()) return SendStatus(id, Status::kFailure);
    function(found->second);
  }

  void Open(uint32_t id, const std::string& path) {
    // Only the first session may hold the one handle: its lock is a file.
    if (Has("one-handle")) {
      const int lock = open((state_file_ + ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
      struct flock whole {};
      whole.l_type = F_WRLCK;
      if (fcntl(lock, F_SETLK, &whole) != 0) return SendStatus(id, Status::kFailure);
    }
    const std::string handle = "h" + std::to_string(next_handle_++);
    handles_[handle] = path;
    Send(Type::kHandle, BodyWriter().Number(id).Text(handle).Take());
  }

  void Read(uint32_t id, const std::string& path, uint64_t offset, uint32_t bytes) {
    const int count = CountRead();
    const auto is_now = [&](const char* mode) { return Has(mode) && modes_[mode] == count; };
    if (is_now("hang")) Hang();
    if (Has("close") && count % modes_["close"] == 0) _exit(0);
    if (is_now("refuse")) return SendStatus(id, Status::kFailure);
    if (is_now("garbage")) return Emit(std::string(100000, '\x07'));
    if (is_now("oversized")) return Emit(BodyWriter().Number(0x7fffffff).Take() + "\x68garbage");
    if (is_now("unknown")) return SendStatus(id + 1000000, Status::kOk);
    const uint64_t size = BytesOf(path);
    if (offset >= size) return SendStatus(id, Status::kEof);
    uint64_t length = std::min<uint64_t>(bytes, size - offset);
    if (Has("short")) length = std::min<uint64_t>(length, 1 + (offset * 7919 + 13) % 20000);
    std::string content = FakeContent(length, offset);
    if (is_now("more")) content += std::string(bytes, 'x');
    Send(Type::kData, BodyWriter().Number(id).Text(content).Take());
    std::ofstream(state_file_, std::ios::app) << offset << ' ' << length << std::endl;
  }

  std::map<std::string, int> modes_;
  const std::string state_file_;
  std::string input_;
  std::map<std::string, std::string> handles_;
  int next_handle_ = 1;
  uint64_t looks_ = 0;
};

}  // namespace

int RunFakeServer(const std::string& modes, const std::string& state_file) {
  return FakeServer(modes, state_file).Run();
}

std::string FakeContent(uint64_t bytes, uint64_t offset) {
  std::string content(bytes, '\0');
  for (uint64_t i = 0; i < bytes; ++i) {
    const uint64_t at = offset + i;
    content[i] = static_cast<char>((at * 2654435761U) >> 13);
  }
  return content;
}

}  // namespace octo::remote::sftp
