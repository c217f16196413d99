#include "storage/credential_sources.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "base/error.h"

namespace octo::storage {
namespace {

class FromEnvironment final : public CredentialSource {
 public:
  explicit FromEnvironment(Environment environment) : environment_(std::move(environment)) {}

  std::optional<Credentials> Fetch(const stream::Context&) override {
    const auto access_key = environment_("AWS_ACCESS_KEY_ID");
    const auto secret_key = environment_("AWS_SECRET_ACCESS_KEY");
    if (!access_key && !secret_key) return std::nullopt;
    if (!access_key || !secret_key) {
      throw Error(ErrorKind::kDenied, ErrorScope::kDestination, "credentials",
                  "only one of AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY is set",
                  "set both, or none of them");
    }
    return Credentials{*access_key, Secret(*secret_key),
                       Secret(environment_("AWS_SESSION_TOKEN").value_or("")), std::nullopt,
                       "the environment"};
  }

 private:
  const Environment environment_;
};

class FromProfile final : public CredentialSource {
 public:
  FromProfile(std::string profile, Environment environment)
      : profile_(std::move(profile)), environment_(std::move(environment)) {}

  std::optional<Credentials> Fetch(const stream::Context&) override {
    const AwsProfile profile = AwsProfile::Load(profile_, environment_);
    const auto access_key = profile.Get("aws_access_key_id");
    const auto secret_key = profile.Get("aws_secret_access_key");
    if (access_key && secret_key) {
      return Credentials{*access_key, Secret(*secret_key),
                         Secret(profile.Get("aws_session_token").value_or("")), std::nullopt,
                         fmt::format("the profile {}", profile.name())};
    }
    constexpr std::array<const char*, 5> kOtherWays = {"sso_session", "sso_start_url",
                                                       "credential_process", "source_profile",
                                                       "credential_source"};
    for (const auto* way : kOtherWays) {
      if (!profile.Get(way)) continue;
      throw Error(
          ErrorKind::kDenied, ErrorScope::kDestination, "credentials",
          fmt::format("the AWS profile \"{}\" takes its credentials by {}, which octo can't",
                      profile.name(), way),
          "export them for octo: aws configure export-credentials --format env");
    }
    return std::nullopt;
  }

 private:
  const std::string profile_;
  const Environment environment_;
};

}  // namespace

std::unique_ptr<CredentialSource> EnvironmentCredentials(Environment environment) {
  return std::make_unique<FromEnvironment>(std::move(environment));
}

std::unique_ptr<CredentialSource> ProfileCredentials(std::string profile, Environment environment) {
  return std::make_unique<FromProfile>(std::move(profile), std::move(environment));
}

std::unique_ptr<CredentialChain> DefaultCredentials(const std::string& profile_name,
                                                    const AwsProfile& profile,
                                                    const std::string& region,
                                                    const std::string& ca_bundle,
                                                    const Environment& environment) {
  std::vector<std::unique_ptr<CredentialSource>> sources;
  if (profile_name.empty()) sources.push_back(EnvironmentCredentials(environment));
  sources.push_back(WebIdentityCredentials(profile, region, ca_bundle, environment));
  sources.push_back(ProfileCredentials(profile_name, environment));
  sources.push_back(ContainerCredentials(environment));
  sources.push_back(InstanceCredentials(environment));
  return std::make_unique<CredentialChain>(std::move(sources), SystemNow);
}

}  // namespace octo::storage
