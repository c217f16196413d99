#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "openpgp/decryptor.h"
#include "openpgp/key_source.h"

// A private GnuPG home with keys of every kind, made once per test program, and messages made with
// it.
namespace octo::openpgp {

class Gpg {
 public:
  static constexpr std::string_view kPassphrase = "correct horse";

  // The one of this program; its home and agent are gone when the program ends.
  static Gpg& Instance();
  Gpg(const Gpg&) = delete;
  Gpg& operator=(const Gpg&) = delete;
  ~Gpg();

  // Runs gpg in the home; throws std::runtime_error with its complaints when it fails.
  std::string Run(std::vector<std::string> arguments, std::string_view input = {});
  // A message: "-e -r rsa@test" and the like, given one by one, over `plaintext`.
  std::string Message(std::vector<std::string> arguments, std::string_view plaintext);
  // As Message, of a plaintext in a file, whose length gpg knows.
  std::string MessageOfFile(std::vector<std::string> arguments, std::string_view plaintext);

  // A file with what `arguments` export.
  KeySource Exported(std::vector<std::string> arguments, Secret passphrase = {});
  // All secret keys with the passphrase of those that have one, without the stranger's.
  const std::vector<KeySource>& AllKeys() const { return all_keys_; }
  // A decryptor with AllKeys, and "open sesame" for symmetric messages.
  Decryptor& All() { return *all_; }

  std::string Fingerprint(const std::string& user);            // of the primary key
  std::string EncryptionFingerprint(const std::string& user);  // of the first encryption (sub)key
  const std::filesystem::path& home() const { return home_; }
  static std::string ReadFile(const std::filesystem::path& path);
  std::filesystem::path NewFile(std::string_view content);

 private:
  Gpg();
  void MakeKeys();

  std::filesystem::path home_;
  std::vector<KeySource> all_keys_;
  std::unique_ptr<Decryptor> all_;
  int files_ = 0;
};

// All of the plaintext, or the error's kind and message in `error`.
struct Outcome {
  std::string plaintext;  // whole only without an error
  std::optional<ErrorKind> error;
  std::string message;
  MessageReport report;
};
Outcome Open(Decryptor& decryptor, std::string ciphertext, Policy policy = {},
             size_t most_at_once = SIZE_MAX);

// Text that compresses a bit, the same for the same size.
std::string SampleText(size_t bytes);

}  // namespace octo::openpgp
