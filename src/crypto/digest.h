#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace octo::crypto {

using Bytes = std::vector<std::byte>;

enum class DigestAlgorithm { kMd5, kSha1, kSha256, kSha384, kSha512 };

// An incremental message digest (OpenSSL EVP). One thread at a time. Movable.
class Digest {
 public:
  explicit Digest(DigestAlgorithm algorithm);
  Digest(Digest&&) noexcept;
  Digest& operator=(Digest&&) noexcept;
  ~Digest();

  void Update(std::span<const std::byte> data);
  void Update(std::string_view text);
  // The digest of all that was given; the object starts anew afterwards.
  Bytes Finish();
  // Finish() as lower-case hexadecimal.
  std::string FinishHex();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string Sha256Hex(std::string_view text);
Bytes HmacSha256(std::span<const std::byte> key, std::string_view text);
std::string Hex(std::span<const std::byte> bytes);
std::string Base64(std::span<const std::byte> bytes);
// The bytes of a Base64 text (padding required, white space ignored); empty for malformed text.
Bytes FromBase64(std::string_view text);

// `count` bytes from the system's generator for cryptography.
Bytes RandomBytes(size_t count);
// A random (version 4) UUID, RFC 9562: "1b4e28ba-2fa1-4d3c-8a5b-0123456789ab".
std::string RandomUuid();

}  // namespace octo::crypto
