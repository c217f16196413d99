// The credential sources that ask a service over HTTP.
#include <fmt/core.h>

#include <boost/json.hpp>
#include <fstream>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "net/http_client.h"
#include "net/url.h"
#include "storage/aws_xml.h"
#include "storage/credential_sources.h"

namespace octo::storage {
namespace {

constexpr const char* kStage = "credentials";

[[noreturn]] void Refused(const std::string& service, const std::string& why,
                          ErrorKind kind = ErrorKind::kDenied) {
  throw Error(kind, ErrorScope::kDestination, kStage,
              fmt::format("{} gave no credentials: {}", service, why),
              "check the role that this machine or container was given");
}

// A file with a token, which the platform renews from time to time.
Secret ReadToken(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  std::string token = text.str();
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
  if (!file || token.empty()) {
    throw Error(ErrorKind::kDenied, ErrorScope::kDestination, kStage,
                fmt::format("the token file {} can't be read", path),
                "check the mounted token of this pod or container");
  }
  return Secret(std::move(token));
}

net::Response Ask(net::HttpClient& client, const net::Request& request, const std::string& service,
                  const stream::Context& context) {
  net::Response response = client.Send(request, context);
  if (response.status >= 500 || response.status == 429) {
    Refused(service, fmt::format("it answered {}", response.status), ErrorKind::kTransient);
  }
  if (response.status != 200) Refused(service, fmt::format("it answered {}", response.status));
  return response;
}

// What the container agents and the instance metadata answer.
Credentials ParseJson(const std::string& body, const std::string& service) {
  boost::json::error_code failure;
  const auto value = boost::json::parse(body, failure);
  const auto* object = failure ? nullptr : value.if_object();
  if (object == nullptr) Refused(service, "its answer is not JSON");
  const auto text = [&](const char* name) {
    const auto* member = object->if_contains(name);
    return member != nullptr && member->is_string() ? std::string(member->get_string())
                                                    : std::string();
  };
  Credentials credentials{text("AccessKeyId"), Secret(text("SecretAccessKey")),
                          Secret(text("Token")), ParseTime(text("Expiration")), service};
  if (credentials.access_key.empty() || credentials.secret_key.empty()) {
    Refused(service, text("Code").empty() ? "its answer holds no keys" : text("Code"));
  }
  return credentials;
}

class FromWebIdentity final : public CredentialSource {
 public:
  FromWebIdentity(AwsProfile profile, std::string region, std::string ca_bundle,
                  Environment environment)
      : profile_(std::move(profile)),
        region_(std::move(region)),
        environment_(std::move(environment)),
        client_({.ca_bundle = std::move(ca_bundle), .stage = kStage}) {}

  std::optional<Credentials> Fetch(const stream::Context& context) override {
    const auto token_file = Setting("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file");
    const auto role = Setting("AWS_ROLE_ARN", "role_arn");
    if (!token_file || !role) return std::nullopt;
    const std::string session =
        Setting("AWS_ROLE_SESSION_NAME", "role_session_name").value_or("octo");
    // In the body, not the address: addresses end in logs.
    const Secret form(
        fmt::format("Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={}&"
                    "RoleSessionName={}&WebIdentityToken={}",
                    net::PercentEncode(*role), net::PercentEncode(session),
                    net::PercentEncode(ReadToken(*token_file).Reveal())));
    net::Request request{
        "POST", Endpoint() + "/", {{"content-type", "application/x-www-form-urlencoded"}}};
    request.body = {std::as_bytes(std::span(form.Reveal()))};
    const net::Response response = client_.Send(request, context);
    const std::string service = fmt::format("the web identity role {}", *role);
    if (response.status != 200) {
      const std::string code = ParseFault(response.status, response.body).code;
      Refused(service, fmt::format("STS answered {} {}", response.status, code),
              response.status >= 500 || code == "IDPCommunicationError" ? ErrorKind::kTransient
                                                                        : ErrorKind::kDenied);
    }
    auto credentials = ParseAssumedRole(response.body);
    if (!credentials) Refused(service, "the answer of STS can't be read");
    credentials->origin = service;
    return credentials;
  }

 private:
  std::optional<std::string> Setting(const char* variable, const char* setting) const {
    const auto value = environment_(variable);
    return value ? value : profile_.Get(setting);
  }

  std::string Endpoint() const {
    if (const auto endpoint = environment_("AWS_ENDPOINT_URL_STS")) return *endpoint;
    return fmt::format("https://sts.{}.amazonaws.com{}", region_,
                       region_.starts_with("cn-") ? ".cn" : "");
  }

  const AwsProfile profile_;
  const std::string region_;
  const Environment environment_;
  net::HttpClient client_;
};

class FromContainer final : public CredentialSource {
 public:
  explicit FromContainer(Environment environment) : environment_(std::move(environment)) {}

  std::optional<Credentials> Fetch(const stream::Context& context) override {
    const auto relative = environment_("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    const auto full = environment_("AWS_CONTAINER_CREDENTIALS_FULL_URI");
    if (!relative && !full) return std::nullopt;
    net::Request request{"GET", relative ? "http://169.254.170.2" + *relative : *full};
    CheckAddress(request.url);
    if (const auto token = Token()) {
      if (token->Reveal().find_first_of("\r\n") != std::string::npos)
        Refused(kService, "the token has line breaks");
      request.headers["authorization"] = token->Reveal();
    }
    return ParseJson(Ask(client_, request, kService, context).body, kService);
  }

 private:
  static constexpr const char* kService = "the container's credential service";

  static void CheckAddress(const std::string& text) {
    const auto url = net::ParseUrl(text.substr(0, text.find('?')));
    if (!url) Refused(kService, "its address is malformed");
    const std::string host = url->Host();
    const bool is_loopback =
        host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos;
    const bool is_known = host == "localhost" || is_loopback || host == "::1" ||
                          host == "169.254.170.2" || host == "169.254.170.23" ||
                          host == "fd00:ec2::23";
    if (url->scheme != "https" && !is_known) {
      Refused(kService,
              fmt::format("{} is neither https nor an address of this machine", url->Origin()));
    }
  }

  std::optional<Secret> Token() const {
    if (const auto file = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"))
      return ReadToken(*file);
    if (const auto token = environment_("AWS_CONTAINER_AUTHORIZATION_TOKEN")) return Secret(*token);
    return std::nullopt;
  }

  const Environment environment_;
  net::HttpClient client_{
      {.use_proxy = false, .connect = std::chrono::seconds(2), .stage = kStage}};
};

class FromInstance final : public CredentialSource {
 public:
  explicit FromInstance(Environment environment) : environment_(std::move(environment)) {}

  std::optional<Credentials> Fetch(const stream::Context& context) override {
    if (environment_("AWS_EC2_METADATA_DISABLED").value_or("") == "true") return std::nullopt;
    std::string base =
        environment_("AWS_EC2_METADATA_SERVICE_ENDPOINT").value_or("http://169.254.169.254");
    while (base.ends_with('/')) base.pop_back();
    stream::Context brief = context;
    brief.silence = std::min(brief.silence, std::chrono::milliseconds(1'000));
    const auto token = SessionToken(base, brief);
    if (!token) return std::nullopt;

    constexpr const char* kPath = "/latest/meta-data/iam/security-credentials/";
    net::Request request{"GET", base + kPath, {{"x-aws-ec2-metadata-token", token->Reveal()}}};
    const net::Response roles = client_.Send(request, brief);
    if (roles.status == 404) return std::nullopt;  // a machine without a role
    if (roles.status != 200) Refused(kService, fmt::format("it answered {}", roles.status));
    request.url += net::PercentEncode(roles.body.substr(0, roles.body.find('\n')));
    return ParseJson(Ask(client_, request, kService, brief).body, kService);
  }

 private:
  static constexpr const char* kService = "the machine's metadata service";

  // nullopt where no metadata service answers.
  std::optional<Secret> SessionToken(const std::string& base, const stream::Context& context) {
    net::Response response;
    try {
      response = client_.Send(
          {"PUT", base + "/latest/api/token", {{"x-aws-ec2-metadata-token-ttl-seconds", "21600"}}},
          context);
    } catch (const Error& error) {
      if (error.kind == ErrorKind::kTransient) return std::nullopt;
      throw;
    }
    if (response.status == 200) return Secret(response.body);
    if (response.status == 404) return std::nullopt;
    Refused(kService, fmt::format("it answered {}", response.status),
            response.status >= 500 ? ErrorKind::kTransient : ErrorKind::kDenied);
  }

  const Environment environment_;
  net::HttpClient client_{
      {.use_proxy = false, .connect = std::chrono::seconds(1), .stage = kStage}};
};

}  // namespace

std::unique_ptr<CredentialSource> WebIdentityCredentials(AwsProfile profile, std::string region,
                                                         std::string ca_bundle,
                                                         Environment environment) {
  return std::make_unique<FromWebIdentity>(std::move(profile), std::move(region),
                                           std::move(ca_bundle), std::move(environment));
}

std::unique_ptr<CredentialSource> ContainerCredentials(Environment environment) {
  return std::make_unique<FromContainer>(std::move(environment));
}

std::unique_ptr<CredentialSource> InstanceCredentials(Environment environment) {
  return std::make_unique<FromInstance>(std::move(environment));
}

}  // namespace octo::storage
