#include "gpg_home.h"

#include <fmt/core.h>
#include <stdlib.h>

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include "base/error.h"

namespace octo::sample {
namespace {

constexpr std::string_view kPassphraseFile = "passphrase.txt";

// A link with a short path to `folder`, in a new private folder.
std::filesystem::path ShortLink(const std::filesystem::path& folder) {
  char name[] = "/tmp/octoXXXXXX";
  if (::mkdtemp(name) == nullptr) {
    throw Error(ErrorKind::kTransient, ErrorScope::kProcess, "keys",
                "can't make a folder in /tmp: " + ErrnoText(errno));
  }
  std::filesystem::path link = std::filesystem::path(name) / "h";
  std::filesystem::create_directory_symlink(std::filesystem::absolute(folder), link);
  return link;
}

bool IsLocked(const std::string& name) { return name.ends_with("-locked"); }
bool IsRsa(const std::string& name) { return name.find("-rsa") != std::string::npos; }

// One key in the language of "gpg --generate-key --batch".
std::string KeyParameters(const std::string& name, const std::string& passphrase, int rsa_bits) {
  const std::string algorithms =
      IsRsa(name) ? fmt::format(
                        "Key-Type: rsa\nKey-Length: {0}\nKey-Usage: sign\n"
                        "Subkey-Type: rsa\nSubkey-Length: {0}\nSubkey-Usage: encrypt\n",
                        rsa_bits)
                  : std::string(
                        "Key-Type: eddsa\nKey-Curve: ed25519\nKey-Usage: sign\n"
                        "Subkey-Type: ecdh\nSubkey-Curve: cv25519\nSubkey-Usage: encrypt\n");
  return fmt::format(
      "{}{}Name-Real: {}\nName-Email: {}@sample.invalid\nExpire-Date: 0\n{}%commit\n",
      IsLocked(name) ? "" : "%no-protection\n", algorithms, name, name,
      IsLocked(name) ? fmt::format("Passphrase: {}\n", passphrase) : "");
}

// Exactly this address, so that "vendor" is not "vendor-rsa".
std::string UserId(const std::string& name) {
  for (const std::string& known : KeyNames()) {
    if (name == known) return fmt::format("<{}@sample.invalid>", name);
  }
  return name;
}

std::vector<std::string> Arguments(const Envelope& envelope) {
  std::vector<std::string> arguments = {"--compress-algo", envelope.compression};
  if (!envelope.integrity_packet) arguments.push_back("--rfc2440");
  if (envelope.armored) arguments.push_back("--armor");
  for (const std::string& recipient : envelope.recipients) {
    arguments.push_back(envelope.hidden_recipients ? "--hidden-recipient" : "--recipient");
    arguments.push_back(UserId(recipient));
  }
  if (envelope.signer) {
    arguments.insert(arguments.end(), {"--sign", "--local-user", UserId(*envelope.signer)});
  }
  return arguments;
}

}  // namespace

const std::vector<std::string>& KeyNames() {
  static const std::vector<std::string> names = {
      "vendor",           "vendor-rsa",          "receiver-rsa",
      "receiver-cv25519", "receiver-rsa-locked", "receiver-cv25519-locked",
      "stranger"};
  return names;
}

GpgHome::GpgHome(const std::filesystem::path& folder) : folder_(folder) {
  if (std::filesystem::create_directories(folder_)) {
    std::filesystem::permissions(folder_, std::filesystem::perms::owner_all);
  }
  link_ = ShortLink(folder_);
}

GpgHome::~GpgHome() {
  try {
    Child({"gpgconf", "--homedir", link_, "--kill", "all"}, {}).Finish();
  } catch (const std::exception&) {
    // Then no agent of this home was running.
  }
  std::error_code ignored;
  std::filesystem::remove_all(link_.parent_path(), ignored);  // the link, not what it points to
}

bool GpgHome::HasKeys() const {
  return std::filesystem::exists(folder_ / (KeyNames().back() + ".sec.asc"));
}

void GpgHome::MakeKeys(const std::string& passphrase, int rsa_bits) {
  WriteFile(folder_ / kPassphraseFile, passphrase + "\n");
  std::filesystem::permissions(folder_ / kPassphraseFile, std::filesystem::perms::owner_read |
                                                              std::filesystem::perms::owner_write);
  // "%no-protection" holds for all keys after it, so the locked ones come first.
  std::string locked, open;
  for (const std::string& name : KeyNames()) {
    (IsLocked(name) ? locked : open) += KeyParameters(name, passphrase, rsa_bits);
  }
  const auto generate = Gpg({"--generate-key"});
  generate->Write(locked + open);
  generate->Finish();
  for (const std::string& name : KeyNames()) {
    Gpg({"--armor", "--export", UserId(name)}, folder_ / (name + ".pub.asc"))->Finish();
    Gpg({"--armor", "--export-secret-keys", UserId(name)}, folder_ / (name + ".sec.asc"))->Finish();
  }
}

std::unique_ptr<Child> GpgHome::Gpg(const std::vector<std::string>& arguments,
                                    const std::filesystem::path& standard_output) const {
  std::vector<std::string> command = {"gpg",     "--homedir", link_,           "--batch", "--yes",
                                      "--quiet", "--no-tty",  "--trust-model", "always"};
  if (std::filesystem::exists(folder_ / kPassphraseFile)) {
    command.insert(command.end(),
                   {"--pinentry-mode", "loopback", "--passphrase-file", link_ / kPassphraseFile});
  }
  command.insert(command.end(), arguments.begin(), arguments.end());
  return std::make_unique<Child>(command, std::vector<std::string>{"LC_ALL=C"}, standard_output);
}

std::unique_ptr<Output> GpgHome::Encrypt(const Envelope& envelope,
                                         const std::filesystem::path& path) const {
  std::vector<std::string> arguments = Arguments(envelope);
  arguments.insert(arguments.end(), {"--output", path, "--encrypt"});
  return Gpg(arguments);
}

void GpgHome::EncryptEach(const Envelope& envelope,
                          const std::vector<std::filesystem::path>& files) const {
  constexpr size_t kFilesOfOneRun = 500;  // a command line has its limits
  for (size_t begin = 0; begin < files.size(); begin += kFilesOfOneRun) {
    std::vector<std::string> arguments = Arguments(envelope);
    arguments.insert(arguments.end(), {"--multifile", "--encrypt"});
    const size_t end = std::min(begin + kFilesOfOneRun, files.size());
    for (size_t at = begin; at < end; ++at) arguments.push_back(files[at]);
    Gpg(arguments)->Finish();
  }
}

void GpgHome::SignDetached(const std::filesystem::path& file, const std::string& signer,
                           bool armored) const {
  std::vector<std::string> arguments = {"--local-user", UserId(signer), "--output",
                                        file.string() + (armored ? ".asc" : ".sig")};
  if (armored) arguments.push_back("--armor");
  arguments.insert(arguments.end(), {"--detach-sign", file});
  Gpg(arguments)->Finish();
}

}  // namespace octo::sample
