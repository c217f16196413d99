#pragma once

#include <exception>
#include <memory>
#include <string>
#include <string_view>

#include "crypto/digest.h"
#include "openpgp/byte_reader.h"
#include "stream/source.h"

namespace octo::openpgp {

// Takes the ASCII armor (RFC 4880 section 6) off. Its end is verified: the checksum, when there is
// one, is right, the last line is there, and only white space follows it. Lines may end in LF or
// CRLF; white space may come before. `type` is what must stand in the first line, as "PGP MESSAGE".
class ArmorSource final : public stream::Source {
 public:
  ArmorSource(std::unique_ptr<stream::Source> armored, std::string type);

  size_t Read(std::span<std::byte> buffer) override;

 private:
  // A line without its end and trailing white space; false at the end of the source.
  bool ReadLine();
  void Refill();
  void ReadHead();
  void DecodeLine();
  void ReadChecksum();
  void ReadTail();

  std::unique_ptr<stream::Source> armored_;
  std::string type_;
  ByteReader bytes_;
  std::string line_;
  crypto::Bytes decoded_;
  size_t taken_ = 0;  // of decoded_
  uint32_t crc_;
  bool head_read_ = false;
  bool padded_ = false;  // a "=" ended the data
  bool at_end_ = false;
  std::exception_ptr error_;
};

// Whether the bytes begin (after white space) like any OpenPGP armor, or like a part of its first
// words.
bool LooksArmored(std::string_view first_bytes);

}  // namespace octo::openpgp
