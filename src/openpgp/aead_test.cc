// Messages in authenticated modes (type 20), made by RNP: gpg 2.2 can't.
#include "openpgp/aead.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rnp/rnp.h>
#include <rnp/rnp_err.h>

#include "openpgp/gpg_test.h"
#include "openpgp/rnp_decryptor.h"
#include "openpgp/rnp_handle.h"

namespace octo::openpgp {
namespace {

struct Mode {
  const char* aead;
  const char* cipher;
  int chunk_bits;
};

void PrintTo(const Mode& mode, std::ostream* out) {
  *out << mode.aead << " " << mode.cipher << " " << mode.chunk_bits;
}

std::string MessageByRnp(const Mode& mode, std::string_view text, rnp_ffi_t ffi,
                         rnp_key_handle_t recipient) {
  rnp_input_t raw_input = nullptr;
  rnp_output_t raw_output = nullptr;
  rnp_input_from_memory(&raw_input, reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                        false);
  rnp_output_to_memory(&raw_output, 0);
  const RnpHandle<rnp_input_t> input(raw_input);
  const RnpHandle<rnp_output_t> output(raw_output);
  rnp_op_encrypt_t operation = nullptr;
  rnp_op_encrypt_create(&operation, ffi, input.get(), output.get());
  rnp_op_encrypt_set_cipher(operation, mode.cipher);
  rnp_op_encrypt_set_aead(operation, mode.aead);
  rnp_op_encrypt_set_aead_bits(operation, mode.chunk_bits);
  if (recipient != nullptr) {
    rnp_op_encrypt_add_recipient(operation, recipient);
  } else {
    rnp_op_encrypt_add_password(operation, "open sesame", "SHA256", 1024, mode.cipher);
  }
  EXPECT_EQ(rnp_op_encrypt_execute(operation), RNP_SUCCESS);
  rnp_op_encrypt_destroy(operation);
  uint8_t* data = nullptr;
  size_t bytes = 0;
  rnp_output_memory_get_buf(output.get(), &data, &bytes, false);
  return {reinterpret_cast<const char*>(data), bytes};
}

class Aead : public ::testing::TestWithParam<Mode> {
 protected:
  Aead() {
    rnp_ffi_t ffi = nullptr;
    rnp_ffi_create(&ffi, "GPG", "GPG");
    ffi_.reset(ffi);
    const std::string keys = Gpg::Instance().Run({"--export", "curve@test"});
    rnp_input_t raw_input = nullptr;
    rnp_input_from_memory(&raw_input, reinterpret_cast<const uint8_t*>(keys.data()), keys.size(),
                          false);
    const RnpHandle<rnp_input_t> input(raw_input);
    rnp_load_keys(ffi, "GPG", input.get(), RNP_LOAD_SAVE_PUBLIC_KEYS);
    rnp_key_handle_t key = nullptr;
    rnp_locate_key(ffi, "fingerprint", Gpg::Instance().Fingerprint("curve@test").c_str(), &key);
    key_.reset(key);
  }
  std::string ByPassphrase(std::string_view text) {
    return MessageByRnp(GetParam(), text, ffi_.get(), nullptr);
  }
  std::string ToKey(std::string_view text) {
    return MessageByRnp(GetParam(), text, ffi_.get(), key_.get());
  }

  RnpHandle<rnp_ffi_t> ffi_;
  RnpHandle<rnp_key_handle_t> key_;
};

TEST_P(Aead, OpensContentOfAnySize) {
  const size_t chunk = size_t{1} << (GetParam().chunk_bits + 6);
  for (const size_t size : {size_t{1}, chunk - 9, chunk - 8, chunk - 7, chunk, 2 * chunk - 8,
                            3 * chunk + 5, size_t{100'000}}) {
    const std::string text = SampleText(size);
    for (const std::string& message : {ByPassphrase(text), ToKey(text)}) {
      const Outcome outcome = Open(Gpg::Instance().All(), message);
      ASSERT_EQ(outcome.error, std::nullopt) << size << ": " << outcome.message;
      ASSERT_TRUE(outcome.plaintext == text) << size;
      EXPECT_EQ(outcome.report.integrity, "aead");
      EXPECT_EQ(outcome.report.cipher, GetParam().cipher);
    }
  }
}

TEST_P(Aead, NoticesAChangedByteAndACutAnywhere) {
  const std::string message = ToKey(SampleText(3000));
  for (size_t at = 0; at < message.size(); at += 31) {
    std::string changed = message;
    changed[at] = static_cast<char>(changed[at] ^ 0x40);
    EXPECT_NE(Open(Gpg::Instance().All(), changed).error, std::nullopt) << "changed at " << at;
    EXPECT_EQ(Open(Gpg::Instance().All(), message.substr(0, at)).error, ErrorKind::kIncomplete)
        << "cut at " << at;
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, Aead,
                         ::testing::Values(Mode{"OCB", "AES256", 0}, Mode{"OCB", "AES128", 10},
                                           Mode{"OCB", "AES256", 16}, Mode{"EAX", "AES256", 0},
                                           Mode{"EAX", "AES192", 10}));

}  // namespace
}  // namespace octo::openpgp
