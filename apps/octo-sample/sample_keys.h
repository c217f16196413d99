#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "gpg_home.h"

namespace octo::sample {

// A folder of its own in the system's temporary folder, gone with its owner (for tests).
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "octo-sample-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::filesystem::filesystem_error("mkdtemp", std::error_code());
    path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::filesystem::path operator/(std::string_view name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

// Keys are slow to make: all tests of a program share these. The folder has a path too long for a
// socket's name.
class SampleKeys {
 public:
  static constexpr std::string_view kPassphrase = "correct horse";

  SampleKeys() : folder_(scratch_ / std::string(120, 'k')), home_(folder_) {
    IgnoreBrokenPipes();
    home_.MakeKeys(std::string(kPassphrase), 2048);
  }

  static SampleKeys& Shared() {
    static SampleKeys keys;
    return keys;
  }

  const GpgHome& home() const { return home_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  ScratchFolder scratch_;
  std::filesystem::path folder_;
  GpgHome home_;
};

// What is inside, opened with the keys of `home`. Throws when gpg finds anything wrong.
inline std::string Decrypted(const GpgHome& home, const std::filesystem::path& file) {
  const ScratchFolder scratch;
  home.Gpg({"--decrypt", file}, scratch / "plain")->Finish();
  return ReadFile(scratch / "plain");
}

// What gpg says about a file ("[GNUPG:] ..." lines), whether it likes it or not.
inline std::string GpgStatus(const GpgHome& home, std::vector<std::string> arguments) {
  const ScratchFolder scratch;
  arguments.insert(arguments.begin(), {"--status-fd", "1", "--output", scratch / "plain"});
  try {
    home.Gpg(arguments, scratch / "status")->Finish();
  } catch (const Error&) {
    // The status says it.
  }
  return ReadFile(scratch / "status");
}

inline std::string DecryptionStatus(const GpgHome& home, const std::filesystem::path& file) {
  return GpgStatus(home, {"--decrypt", file});
}

}  // namespace octo::sample
