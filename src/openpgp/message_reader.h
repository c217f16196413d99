#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "openpgp/signature_check.h"
#include "stream/source.h"

namespace octo::openpgp {

// The literal data inside a decrypted message (RFC 4880 section 11.3): literal data, compressed or
// not, signed or not. At its end it has seen that there is nothing else inside, and has read
// `packets` to their verified end. Signatures go to `signatures`, whose verdicts are the caller's;
// it must outlive this.
class MessageReader final : public stream::Source {
 public:
  MessageReader(std::unique_ptr<stream::Source> packets, SignatureCheck& signatures);
  ~MessageReader() override;

  size_t Read(std::span<std::byte> buffer) override;

  // Once Read has returned for the first time.
  const std::string& literal_name() const { return literal_name_; }

 private:
  struct Level;
  void Push(std::unique_ptr<stream::Source> packets);
  void OpenLiteral();
  void ReadLiteralHeader(Level& level);
  void Close();
  void CloseLevel(Level& level);
  void CountPacket();

  SignatureCheck& signatures_;
  std::vector<std::unique_ptr<Level>> levels_;  // the message, then each compressed packet in it
  std::string literal_name_;
  int packets_ = 0;
  bool open_ = false;
  bool at_end_ = false;
};

}  // namespace octo::openpgp
