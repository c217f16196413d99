#pragma once

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "storage/s3_options.h"

// For tests only.
namespace octo::storage {

// A gateway started by tests/servers/s3gateway, with a bucket "octo"; stopped with this object, or
// with the process.
class S3Gateway {
 public:
  static constexpr const char* kAccessKey = "octo-test";
  static constexpr const char* kSecretKey = "octo-test-secret";
  static constexpr const char* kHowToInstall =
      "the S3 gateway is not installed: run 'tests/servers/s3gateway install'";

  static bool IsInstalled() { return std::system((Script() + " installed").c_str()) == 0; }

  explicit S3Gateway(const std::string& start_options = {}) {
    std::string path = (std::filesystem::temp_directory_path() / "octo-gateway-XXXXXX").string();
    folder_ = mkdtemp(path.data());
    endpoint_ = OutputOf(fmt::format("{} start {} --bucket octo --until {} {}", Script(), folder_,
                                     getpid(), start_options));
  }
  S3Gateway(const S3Gateway&) = delete;
  S3Gateway& operator=(const S3Gateway&) = delete;
  ~S3Gateway() {
    OutputOf(fmt::format("{} stop {}", Script(), folder_));
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  // "http://127.0.0.1:7070"
  const std::string& endpoint() const { return endpoint_; }
  const std::string& folder() const { return folder_; }

  // Reaches the bucket under a prefix, with the right credentials and nothing else in the
  // environment.
  S3Options Options(const std::string& prefix) const {
    S3Options options;
    options.bucket = "octo";
    options.prefix = prefix;
    options.endpoint = endpoint_;
    options.environment = [](const std::string& name) -> std::optional<std::string> {
      if (name == "AWS_ACCESS_KEY_ID") return kAccessKey;
      if (name == "AWS_SECRET_ACCESS_KEY") return kSecretKey;
      return std::nullopt;
    };
    return options;
  }

 private:
  static std::string Script() { return std::string(OCTO_SOURCE_DIR) + "/tests/servers/s3gateway"; }

  static std::string OutputOf(const std::string& command) {
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) throw std::runtime_error("cannot run " + command);
    std::array<char, 256> buffer;
    std::string output;
    while (fgets(buffer.data(), buffer.size(), pipe) != nullptr) output += buffer.data();
    if (pclose(pipe) != 0) throw std::runtime_error("failed: " + command);
    while (output.ends_with('\n')) output.pop_back();
    return output;
  }

  std::string folder_;
  std::string endpoint_;
};

}  // namespace octo::storage
