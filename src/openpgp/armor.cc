#include "openpgp/armor.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "openpgp/failure.h"

namespace octo::openpgp {
namespace {

constexpr std::string_view kBegin = "-----BEGIN PGP ";
constexpr std::string_view kWhite = " \t\r\n\v\f";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kDecodeAtOnce = 16 << 10;
constexpr size_t kLongestLine = 16 << 10;
constexpr int kMostHeaders = 64;
constexpr uint32_t kCrcStart = 0xB704CE;  // RFC 4880 section 6.1
constexpr uint8_t kNoDigit = 0xFF;

constexpr std::array<uint8_t, 256> MakeDigits() {
  std::array<uint8_t, 256> digits{};
  digits.fill(kNoDigit);
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<uint8_t>(alphabet[i])] = static_cast<uint8_t>(i);
  return digits;
}

constexpr std::array<uint32_t, 256> MakeCrcTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < table.size(); ++i) {
    uint32_t crc = i << 16;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ ((crc & 0x800000) != 0 ? 0x1864CFBu : 0u);
    table[i] = crc & 0xFFFFFF;
  }
  return table;
}

constexpr auto kDigits = MakeDigits();
constexpr auto kCrcTable = MakeCrcTable();

uint32_t AddToCrc(uint32_t crc, std::span<const std::byte> data) {
  for (const std::byte byte : data) {
    crc =
        ((crc << 8) & 0xFFFFFF) ^ kCrcTable[((crc >> 16) ^ std::to_integer<uint32_t>(byte)) & 0xFF];
  }
  return crc;
}

// Appends the bytes of Base64 text whose length is a multiple of 4; true if it ended in padding.
bool DecodeBase64(std::string_view text, crypto::Bytes& out) {
  if (text.size() % 4 != 0) {
    throw Corrupt("a line of the armor whose length is not a multiple of four");
  }
  const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  const size_t before = out.size();
  out.resize(before + text.size() / 4 * 3);
  std::byte* to = out.data() + before;
  uint8_t wrong = 0;
  for (size_t i = 0; i < text.size(); i += 4) {
    const size_t digits = i + 4 == text.size() ? 4 - padding : 4;
    uint32_t bits = 0;
    for (size_t k = 0; k < 4; ++k) {
      const uint8_t digit = k < digits ? kDigits[static_cast<uint8_t>(text[i + k])] : uint8_t{0};
      wrong |= digit;
      bits = (bits << 6) | (digit & 0x3Fu);
    }
    for (const int shift : {16, 8, 0}) *to++ = static_cast<std::byte>(bits >> shift);
  }
  if (wrong > 0x3F) throw Corrupt("a character that is not Base64 in the armor");
  out.resize(out.size() - padding);
  return padding > 0;
}

Error ArmorEndsEarly() {
  return Incomplete("the armored message has no last line: its tail is missing");
}

}  // namespace

ArmorSource::ArmorSource(std::unique_ptr<stream::Source> armored, std::string type)
    : armored_(std::move(armored)), type_(std::move(type)), bytes_(*armored_), crc_(kCrcStart) {}

bool ArmorSource::ReadLine() {
  line_.clear();
  while (true) {
    const auto bytes = bytes_.Buffered();
    if (bytes.empty()) break;
    const std::string_view text{reinterpret_cast<const char*>(bytes.data()), bytes.size()};
    const size_t end = text.find('\n');
    const size_t count = std::min(end, text.size());
    if (count > kLongestLine - line_.size()) throw Corrupt("a line of the armor that is too long");
    line_.append(text.substr(0, count));
    bytes_.Consume(end == text.npos ? count : count + 1);
    if (end != text.npos) {
      line_.erase(line_.find_last_not_of(kWhite) + 1);
      return true;
    }
  }
  const bool any = !line_.empty();
  line_.erase(line_.find_last_not_of(kWhite) + 1);
  return any;
}

void ArmorSource::ReadHead() {
  do {
    if (!ReadLine()) throw ArmorEndsEarly();
    if (line_.starts_with(kByteOrderMark)) line_.erase(0, kByteOrderMark.size());
  } while (line_.empty());
  line_.erase(0, line_.find_first_not_of(kWhite));
  if (line_ != fmt::format("-----BEGIN {}-----", type_)) {
    // A cut first line is a missing tail; a whole one says what the file is instead.
    if (bytes_.AtEnd() && !line_.ends_with("-----")) throw ArmorEndsEarly();
    throw Unsupported(fmt::format("the armor holds no {}", type_));
  }
  for (int headers = 0;; ++headers) {
    if (!ReadLine()) throw ArmorEndsEarly();
    if (line_.empty()) break;
    if (bytes_.AtEnd()) throw ArmorEndsEarly();
    if (headers == kMostHeaders || line_.find(':') == line_.npos) {
      throw Corrupt("a header of the armor is malformed");
    }
  }
  head_read_ = true;
}

void ArmorSource::DecodeLine() {
  if (!ReadLine()) throw ArmorEndsEarly();
  if (line_.empty()) return;
  if (line_[0] == '-') return ReadTail();
  if (bytes_.AtEnd()) throw ArmorEndsEarly();  // the last line must follow
  if (line_[0] == '=') return ReadChecksum();
  if (padded_) throw Corrupt("the armor goes on after its padding");
  const size_t before = decoded_.size();
  padded_ = DecodeBase64(line_, decoded_);
  crc_ = AddToCrc(crc_, std::span(decoded_).subspan(before));
}

void ArmorSource::ReadChecksum() {
  crypto::Bytes checksum;
  if (line_.size() == 5) DecodeBase64(std::string_view(line_).substr(1), checksum);
  uint32_t stated = 0;
  for (const std::byte byte : checksum) stated = (stated << 8) | std::to_integer<uint32_t>(byte);
  if (checksum.size() != 3 || stated != crc_) {
    throw Corrupt("the checksum of the armor does not match",
                  "the file was damaged on its way; ask for it again");
  }
  do {
    if (!ReadLine()) throw ArmorEndsEarly();
  } while (line_.empty());
  ReadTail();
}

void ArmorSource::ReadTail() {
  const std::string last = fmt::format("-----END {}-----", type_);
  if (line_ != last) {
    if (bytes_.AtEnd() && last.starts_with(line_)) throw ArmorEndsEarly();
    throw Corrupt("the last line of the armor is malformed");
  }
  while (ReadLine()) {
    if (!line_.empty()) throw Corrupt("data after the end of the message");
  }
  at_end_ = true;
}

// The lines before a broken or missing one still count: a look at the first bytes of a file needs
// them.
void ArmorSource::Refill() {
  decoded_.clear();
  taken_ = 0;
  try {
    if (!head_read_) ReadHead();
    while (!at_end_ && decoded_.size() < kDecodeAtOnce) DecodeLine();
  } catch (...) {
    error_ = std::current_exception();
  }
  if (error_ && decoded_.empty()) std::rethrow_exception(error_);
}

size_t ArmorSource::Read(std::span<std::byte> buffer) {
  if (taken_ == decoded_.size()) {
    if (error_) std::rethrow_exception(error_);
    Refill();
  }
  const size_t count = std::min(buffer.size(), decoded_.size() - taken_);
  if (count > 0) std::memcpy(buffer.data(), decoded_.data() + taken_, count);
  taken_ += count;
  return count;
}

bool LooksArmored(std::string_view first_bytes) {
  if (first_bytes.starts_with(kByteOrderMark)) first_bytes.remove_prefix(kByteOrderMark.size());
  first_bytes.remove_prefix(std::min(first_bytes.find_first_not_of(kWhite), first_bytes.size()));
  const size_t known = std::min(first_bytes.size(), kBegin.size());
  return known > 0 && first_bytes.substr(0, known) == kBegin.substr(0, known);
}

}  // namespace octo::openpgp
