#include "storage/aws_profile.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <string_view>

#include "base/error.h"

namespace octo::storage {
namespace {

std::string_view Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

std::string LowerCase(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return lower;
}

// "[profile dev]" or "[dev]" → "dev"; in the config file other profiles than the default need the
// word.
std::string SectionName(std::string_view line, bool is_config_file) {
  std::string_view name = Trim(line.substr(1, line.find(']') - 1));
  constexpr std::string_view kWord = "profile";
  if (name.starts_with(kWord) && name.size() > kWord.size() &&
      std::isspace(static_cast<unsigned char>(name[kWord.size()])) != 0) {
    return std::string(Trim(name.substr(kWord.size())));
  }
  return is_config_file && name != "default" ? std::string() : std::string(name);
}

// A comment begins a line, or stands behind a value and white space.
std::string_view WithoutComment(std::string_view value) {
  for (const auto* mark : {" #", " ;", "\t#", "\t;"}) value = value.substr(0, value.find(mark));
  return Trim(value);
}

// Adds the profile's settings; whether the file has that profile.
bool ReadProfile(const std::string& path, const std::string& profile, bool is_config_file,
                 std::map<std::string, std::string>& settings) {
  std::ifstream file(path);
  bool inside = false;
  bool found = false;
  for (std::string line; std::getline(file, line);) {
    const std::string_view text = Trim(line);
    if (text.empty() || text.front() == '#' || text.front() == ';') continue;
    if (text.front() == '[') {
      inside = SectionName(text, is_config_file) == profile;
      found = found || inside;
      continue;
    }
    const bool is_nested =
        std::isspace(static_cast<unsigned char>(line.front())) != 0;  // "s3 =" and lines below it
    const size_t equals = text.find('=');
    if (!inside || is_nested || equals == std::string_view::npos) continue;
    const std::string_view value = WithoutComment(text.substr(equals + 1));
    if (!value.empty()) settings[LowerCase(Trim(text.substr(0, equals)))] = value;
  }
  return found;
}

}  // namespace

AwsProfile AwsProfile::Load(const std::string& name, const Environment& environment) {
  const std::string home = environment("HOME").value_or("");
  const auto path_of = [&](const char* variable, const char* file) {
    std::string path = environment(variable).value_or(home + "/.aws/" + file);
    if (path.starts_with("~/")) path.replace(0, 1, home);
    return path;
  };
  std::optional<std::string> wanted;
  if (!name.empty()) wanted = name;
  if (!wanted) wanted = environment("AWS_PROFILE");
  if (!wanted) wanted = environment("AWS_DEFAULT_PROFILE");

  AwsProfile profile;
  profile.name_ = wanted.value_or("default");
  const std::string config = path_of("AWS_CONFIG_FILE", "config");
  const std::string credentials = path_of("AWS_SHARED_CREDENTIALS_FILE", "credentials");
  const bool in_config = ReadProfile(config, profile.name_, true, profile.settings_);
  const bool in_credentials = ReadProfile(credentials, profile.name_, false, profile.settings_);
  if (wanted && *wanted != "default" && !in_config && !in_credentials) {
    throw Error(ErrorKind::kUsage, ErrorScope::kDestination, "credentials",
                fmt::format("the AWS profile \"{}\" is neither in {} nor in {}", *wanted, config,
                            credentials),
                "correct AWS_PROFILE or the setting \"profile\", or add the profile");
  }
  return profile;
}

std::optional<std::string> AwsProfile::Get(const std::string& setting) const {
  const auto found = settings_.find(setting);
  if (found == settings_.end()) return std::nullopt;
  return found->second;
}

}  // namespace octo::storage
