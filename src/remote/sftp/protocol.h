#pragma once

#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

// The packets of SFTP version 3 (draft-ietf-secsh-filexfer-02) as OpenSSH speaks it: a length of
// four bytes, a type, a request id, then fields; numbers are big-endian, strings have a length of
// four bytes before them.
namespace octo::remote::sftp {

enum class Type : uint8_t {
  kInit = 1,
  kVersion = 2,
  kOpen = 3,
  kClose = 4,
  kRead = 5,
  kWrite = 6,
  kLstat = 7,
  kFstat = 8,
  kOpendir = 11,
  kReaddir = 12,
  kRemove = 13,
  kMkdir = 14,
  kStat = 17,
  kRename = 18,
  kStatus = 101,
  kHandle = 102,
  kData = 103,
  kName = 104,
  kAttrs = 105,
  kExtended = 200,
  kExtendedReply = 201,
};

enum class Status : uint32_t {
  kOk = 0,
  kEof = 1,
  kNoSuchFile = 2,
  kPermissionDenied = 3,
  kFailure = 4,
  kBadMessage = 5,
  kNoConnection = 6,
  kConnectionLost = 7,
  kUnsupported = 8,
};

constexpr uint32_t kOpenRead = 1;
constexpr uint32_t kOpenWrite = 2;
constexpr uint32_t kOpenCreate = 8;
constexpr uint32_t kOpenExclusive = 32;

// A packet that breaks the protocol: what is wrong with it.
class ProtocolError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct Attributes {
  std::optional<uint64_t> bytes;
  std::optional<uint32_t> mode;      // as in stat(2)
  std::optional<uint32_t> modified;  // seconds since 1970, UTC
  bool IsDirectory() const;
  bool IsLink() const;
  // True for a regular file, and where the server gives no mode.
  bool IsFile() const;
};

// Appends the fields of a packet's body.
class BodyWriter {
 public:
  BodyWriter& Number(uint32_t value);
  BodyWriter& Long(uint64_t value);
  BodyWriter& Text(std::string_view value);
  std::string Take() { return std::move(body_); }

 private:
  std::string body_;
};

// Takes the fields of a packet's body apart; throws ProtocolError when it ends too early.
class BodyReader {
 public:
  explicit BodyReader(std::string_view body) : rest_(body) {}
  uint32_t Number();
  uint64_t Long();
  std::string_view Text();
  Attributes Attrs();
  bool AtEnd() const { return rest_.empty(); }

 private:
  std::string_view Take(size_t count);
  std::string_view rest_;
};

void PutNumber(uint32_t value, char* at);
uint32_t GetNumber(const char* at);

}  // namespace octo::remote::sftp
