#include "openpgp/craft_test.h"

#include <isa-l/igzip_lib.h>
#include <openssl/evp.h>

#include <memory>
#include <span>

#include "crypto/digest.h"

namespace octo::openpgp {
namespace {

std::string Sha(const EVP_MD* hash, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned count = 0;
  EVP_Digest(text.data(), text.size(), digest, &count, hash, nullptr);
  return {reinterpret_cast<const char*>(digest), count};
}

std::string Cfb(std::string_view key, std::string_view vector, std::string_view data) {
  const auto raw = [](std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  };
  const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                           EVP_CIPHER_CTX_free);
  std::string out(data.size() + 16, '\0');
  int count = 0;
  EVP_EncryptInit_ex(context.get(), EVP_aes_256_cfb128(), nullptr, raw(key), raw(vector));
  EVP_EncryptUpdate(context.get(), reinterpret_cast<unsigned char*>(out.data()), &count, raw(data),
                    static_cast<int>(data.size()));
  out.resize(static_cast<size_t>(count));
  return out;
}

const std::string kPrefix = "sixteen letters.s.";  // a "random" block and its last two bytes again
const std::string kZeros(16, '\0');
// Version 4, AES-256, simple S2K, SHA-256
const std::string kSession = Packet(3, std::string("\x04\x09\x00\x08", 4));
const std::string kKey = Sha(EVP_sha256(), "open sesame");

}  // namespace

std::string Packet(int tag, std::string_view body) {
  std::string packet{static_cast<char>(0xC0 | tag), '\xFF'};
  for (int shift = 24; shift >= 0; shift -= 8)
    packet.push_back(static_cast<char>(body.size() >> shift));
  return packet.append(body);
}

std::string LiteralPacket(std::string_view data, std::string_view name) {
  std::string body{'b', static_cast<char>(name.size())};
  body.append(name).append(4, '\0').append(data);
  return Packet(11, body);
}

std::string CompressedPacket(int format, std::string_view packets) {
  std::string out(packets.size() + 1000, '\0');
  isal_zstream stream;
  isal_deflate_stateless_init(&stream);
  stream.gzip_flag = format == 2 ? IGZIP_ZLIB : IGZIP_DEFLATE;
  std::string in(packets);
  stream.next_in = reinterpret_cast<uint8_t*>(in.data());
  stream.avail_in = static_cast<uint32_t>(in.size());
  stream.next_out = reinterpret_cast<uint8_t*>(out.data());
  stream.avail_out = static_cast<uint32_t>(out.size());
  stream.end_of_stream = 1;
  isal_deflate_stateless(&stream);
  out.resize(stream.total_out);
  return static_cast<char>(format) + out;
}

std::string EncryptedMessage(std::string_view packets) {
  std::string plain = kPrefix + std::string(packets) + "\xD3\x14";
  plain += Sha(EVP_sha1(), plain);
  return kSession + Packet(18, '\x01' + Cfb(kKey, kZeros, plain));
}

std::string UnprotectedMessage(std::string_view packets) {
  const std::string prefix = Cfb(kKey, kZeros, kPrefix);
  return kSession + Packet(9, prefix + Cfb(kKey, prefix.substr(2), packets));
}

std::string Armored(std::string_view binary, std::string_view type) {
  uint32_t crc = 0xB704CE;
  for (const unsigned char byte : binary) {
    crc ^= uint32_t{byte} << 16;
    for (int bit = 0; bit < 8; ++bit) {
      crc <<= 1;
      if ((crc & 0x1000000) != 0) crc ^= 0x1864CFB;
    }
  }
  const std::string sum{static_cast<char>(crc >> 16), static_cast<char>(crc >> 8),
                        static_cast<char>(crc)};
  const std::string encoded = crypto::Base64(std::as_bytes(std::span(binary)));
  std::string text = "-----BEGIN PGP " + std::string(type) + "-----\n\n";
  for (size_t at = 0; at < encoded.size(); at += 64) text += encoded.substr(at, 64) + "\n";
  text += "=" + crypto::Base64(std::as_bytes(std::span(sum))) + "\n";
  return text + "-----END PGP " + std::string(type) + "-----\n";
}

}  // namespace octo::openpgp
