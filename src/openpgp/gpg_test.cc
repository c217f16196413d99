#include "openpgp/gpg_test.h"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <stdexcept>

#include "openpgp/rnp_decryptor.h"
#include "process/run_to_end.h"
#include "stream/memory_source.h"

namespace octo::openpgp {
namespace {

std::filesystem::path MakeHome() {
  std::string pattern = "/tmp/octo-gpg-XXXXXX";  // short: the agent's socket goes into it
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp");
  return pattern;
}

}  // namespace

Gpg& Gpg::Instance() {
  static Gpg gpg;
  return gpg;
}

Gpg::Gpg() : home_(MakeHome()) {
  MakeKeys();
  all_keys_ = {Exported({"--export-secret-keys", "rsa@test", "curve@test", "nist@test",
                         "nist521@test", "elgamal@test", "expired@test", "signer@test"}),
               Exported({"--pinentry-mode", "loopback", "--passphrase", std::string(kPassphrase),
                         "--export-secret-keys", "locked@test"},
                        Secret(std::string(kPassphrase)))};
  all_ = MakeRnpDecryptor(all_keys_, {Secret("wrong"), Secret("open sesame")});
}

Gpg::~Gpg() {
  process::RunToEnd({"gpgconf", "--homedir", home_.string(), "--kill", "gpg-agent"}, {},
                    std::chrono::seconds(20), {});
  std::error_code ignored;
  std::filesystem::remove_all(home_, ignored);
}

void Gpg::MakeKeys() {
  const auto make = [this](const std::string& user, const std::string& primary,
                           const std::string& subkey, const std::string& passphrase = "") {
    const std::vector<std::string> common{"--pinentry-mode", "loopback", "--passphrase",
                                          passphrase};
    auto arguments = common;
    arguments.insert(arguments.end(), {"--quick-gen-key", user, primary, "default", "0"});
    Run(arguments);
    if (subkey.empty()) return;
    arguments = common;
    arguments.insert(arguments.end(), {"--quick-add-key", Fingerprint(user), subkey, "encr", "0"});
    Run(arguments);
  };
  make("rsa@test", "rsa2048", "rsa2048");
  make("curve@test", "ed25519", "cv25519");
  make("nist@test", "nistp256", "nistp256");
  make("nist521@test", "nistp521", "nistp521");
  make("elgamal@test", "dsa1024", "elg1024");
  make("locked@test", "rsa3072", "rsa3072", std::string(kPassphrase));
  make("signer@test", "ed25519", "");
  make("stranger@test", "ed25519", "cv25519");
  Run({"--faked-system-time", "20200101T000000", "--passphrase", "", "--quick-gen-key",
       "expired@test", "ed25519", "default", "1y"});
  Run({"--faked-system-time", "20200101T000000", "--passphrase", "", "--quick-add-key",
       Fingerprint("expired@test"), "cv25519", "encr", "1y"});
}

std::string Gpg::Run(std::vector<std::string> arguments, std::string_view input) {
  std::vector<std::string> command{"gpg",     "--homedir", home_.string(),
                                   "--batch", "--yes",     "--no-tty"};
  command.insert(command.end(), {"--trust-model", "always"});
  command.insert(command.end(), arguments.begin(), arguments.end());
  auto result = process::RunToEnd(command, input, std::chrono::seconds(120), {});
  if (result.exit_code != 0) throw std::runtime_error("gpg failed: " + result.err);
  return std::move(result.out);
}

std::string Gpg::Message(std::vector<std::string> arguments, std::string_view plaintext) {
  arguments.insert(arguments.end(), {"-o", "-"});
  return Run(arguments, plaintext);
}

std::string Gpg::MessageOfFile(std::vector<std::string> arguments, std::string_view plaintext) {
  arguments.insert(arguments.end(), {"-o", "-", NewFile(plaintext).string()});
  return Run(arguments);
}

std::filesystem::path Gpg::NewFile(std::string_view content) {
  auto path = home_ / ("file-" + std::to_string(files_++));
  std::ofstream(path, std::ios::binary) << content;
  return path;
}

std::string Gpg::ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

KeySource Gpg::Exported(std::vector<std::string> arguments, Secret passphrase) {
  return {KeySource::Kind::kFile, NewFile(Run(arguments)).string(), std::move(passphrase)};
}

std::string Gpg::Fingerprint(const std::string& user) {
  const std::string listed = Run({"--with-colons", "--list-keys", user});
  const size_t at = listed.find("fpr:::::::::");
  return listed.substr(at + 12, 40);
}

std::string Gpg::EncryptionFingerprint(const std::string& user) {
  const std::string listed = Run({"--with-colons", "--list-keys", user});
  const size_t at = listed.find("fpr:::::::::", listed.find("\nsub:"));
  return listed.substr(at + 12, 40);
}

Outcome Open(Decryptor& decryptor, std::string ciphertext, Policy policy, size_t most_at_once) {
  Outcome outcome;
  const auto source =
      decryptor.Decrypt(std::make_unique<stream::MemorySource>(std::move(ciphertext), most_at_once),
                        policy, outcome.report, {});
  try {
    outcome.plaintext = stream::ReadAll(*source);
  } catch (const Error& error) {
    outcome.error = error.kind;
    outcome.message = error.message;
  }
  return outcome;
}

std::string SampleText(size_t bytes) {
  std::mt19937_64 random(42);
  std::string text;
  text.reserve(bytes + 32);
  while (text.size() < bytes)
    text += std::to_string(random() % 1000000) + ",loan," + (random() % 2 ? "paid\r\n" : "late\n");
  text.resize(bytes);
  return text;
}

}  // namespace octo::openpgp
