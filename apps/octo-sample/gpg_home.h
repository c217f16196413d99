#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "child.h"
#include "output.h"

namespace octo::sample {

// The people of the samples; each has the OpenPGP user id "NAME <NAME@sample.invalid>".
//   vendor, vendor-rsa       sign what they send (Ed25519, RSA)
//   receiver-rsa, receiver-cv25519                  read it, key without passphrase
//   receiver-rsa-locked, receiver-cv25519-locked    the same with a passphrase
//   stranger                 whose mail ends up here by mistake; the receiver never has this key
const std::vector<std::string>& KeyNames();

// How a file is wrapped in OpenPGP. The names are those of KeyNames, or anything gpg takes for a
// user id.
struct Envelope {
  std::vector<std::string> recipients = {};
  std::optional<std::string> signer = {};  // signs inside the encryption
  bool armored = false;
  std::string compression = "none";  // of OpenPGP: none, zip, zlib, bzip2
  bool integrity_packet = true;      // false: as old software did
  bool hidden_recipients = false;    // key ids are left out
};

// A GnuPG home. The programs that gpg starts (its agent) are stopped in the end, and see the folder
// under a short path: sockets can't have long ones. One thread at a time, one GpgHome a folder at a
// time.
class GpgHome {
 public:
  // Opens `folder`; makes the folder (0700) when it is not there.
  explicit GpgHome(const std::filesystem::path& folder);
  ~GpgHome();
  GpgHome(const GpgHome&) = delete;
  GpgHome& operator=(const GpgHome&) = delete;

  bool HasKeys() const;
  // Makes the keys of KeyNames and writes NAME.pub.asc and NAME.sec.asc of each into the folder,
  // the passphrase of the locked ones into passphrase.txt.
  void MakeKeys(const std::string& passphrase, int rsa_bits);

  // What is written to the result is encrypted (and signed) into `path`, which is there after
  // Finish.
  std::unique_ptr<Output> Encrypt(const Envelope& envelope,
                                  const std::filesystem::path& path) const;
  // Encrypts each of `files` to FILE.gpg beside it, by one run of gpg for many files. Nothing is
  // signed.
  void EncryptEach(const Envelope& envelope, const std::vector<std::filesystem::path>& files) const;
  // A detached signature of `file` in FILE.sig, or FILE.asc when armored.
  void SignDetached(const std::filesystem::path& file, const std::string& signer,
                    bool armored) const;

  // gpg with this home and `arguments`, running.
  std::unique_ptr<Child> Gpg(const std::vector<std::string>& arguments,
                             const std::filesystem::path& standard_output = {}) const;

 private:
  std::filesystem::path folder_;
  std::filesystem::path link_;  // /tmp/octoXXXXXX/h -> folder_
};

}  // namespace octo::sample
