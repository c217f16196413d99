#include "remote/sftp/protocol.h"

#include <sys/stat.h>

namespace octo::remote::sftp {
namespace {

constexpr uint32_t kHasSize = 1;
constexpr uint32_t kHasOwner = 2;
constexpr uint32_t kHasMode = 4;
constexpr uint32_t kHasTimes = 8;
constexpr uint32_t kHasExtended = 0x80000000;

}  // namespace

bool Attributes::IsDirectory() const { return mode && S_ISDIR(*mode); }
bool Attributes::IsLink() const { return mode && S_ISLNK(*mode); }
bool Attributes::IsFile() const { return !mode || S_ISREG(*mode); }

void PutNumber(uint32_t value, char* at) {
  for (int i = 0; i < 4; ++i) at[i] = static_cast<char>(value >> (24 - 8 * i));
}

uint32_t GetNumber(const char* at) {
  uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(at[i]);
  return value;
}

BodyWriter& BodyWriter::Number(uint32_t value) {
  char bytes[4];
  PutNumber(value, bytes);
  body_.append(bytes, 4);
  return *this;
}

BodyWriter& BodyWriter::Long(uint64_t value) {
  return Number(static_cast<uint32_t>(value >> 32)).Number(static_cast<uint32_t>(value));
}

BodyWriter& BodyWriter::Text(std::string_view value) {
  Number(static_cast<uint32_t>(value.size()));
  body_.append(value);
  return *this;
}

std::string_view BodyReader::Take(size_t count) {
  if (count > rest_.size()) throw ProtocolError("a packet ends inside a field");
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

uint32_t BodyReader::Number() { return GetNumber(Take(4).data()); }

uint64_t BodyReader::Long() {
  const uint64_t high = Number();
  return high << 32 | Number();
}

std::string_view BodyReader::Text() { return Take(Number()); }

Attributes BodyReader::Attrs() {
  Attributes attributes;
  const uint32_t flags = Number();
  if ((flags & kHasSize) != 0) attributes.bytes = Long();
  if ((flags & kHasOwner) != 0) Take(8);
  if ((flags & kHasMode) != 0) attributes.mode = Number();
  if ((flags & kHasTimes) != 0) {
    Take(4);
    attributes.modified = Number();
  }
  if ((flags & kHasExtended) != 0) {
    for (uint32_t count = Number(); count > 0; --count) {
      Text();
      Text();
    }
  }
  return attributes;
}

}  // namespace octo::remote::sftp
