#include "storage/credentials.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

#include "base/error.h"
#include "net/loopback_server.h"
#include "storage/aws_profile.h"
#include "storage/credential_sources.h"
#include "storage/test_environment.h"

namespace octo::storage {
namespace {

namespace fs = std::filesystem;
using net::LoopbackServer;
using testing::HasSubstr;
using testing::Not;
using Answer = LoopbackServer::Answer;

Error FailureOf(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    EXPECT_EQ(error.scope, ErrorScope::kDestination);
    return error;
  }
  ADD_FAILURE() << "no error was thrown";
  return {ErrorKind::kBug, ErrorScope::kProcess, "", ""};
}

class CredentialsTest : public testing::Test {
 protected:
  CredentialsTest() {
    std::string path = (fs::temp_directory_path() / "octo-aws-XXXXXX").string();
    folder_ = mkdtemp(path.data());
    (*variables_)["HOME"] = folder_;
    // Nothing answers here, wherever the tests run.
    (*variables_)["AWS_EC2_METADATA_DISABLED"] = "true";
  }
  ~CredentialsTest() override { fs::remove_all(folder_); }

  std::string File(const std::string& name, const std::string& text) {
    const fs::path path = fs::path(folder_) / name;
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path;
  }

  std::string folder_;
  std::shared_ptr<std::map<std::string, std::string>> variables_ =
      std::make_shared<std::map<std::string, std::string>>();
  const Environment environment_ = EnvironmentOf(variables_);
};

TEST_F(CredentialsTest, ComeFromTheEnvironment) {
  const auto source = EnvironmentCredentials(environment_);
  EXPECT_FALSE(source->Fetch({}));
  (*variables_)["AWS_ACCESS_KEY_ID"] = "AKID";
  EXPECT_EQ(FailureOf([&] { source->Fetch({}); }).kind, ErrorKind::kDenied);
  (*variables_)["AWS_SECRET_ACCESS_KEY"] = "secret";
  (*variables_)["AWS_SESSION_TOKEN"] = "token";
  const auto credentials = source->Fetch({});
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key, "AKID");
  EXPECT_EQ(credentials->secret_key.Reveal(), "secret");
  EXPECT_EQ(credentials->session_token.Reveal(), "token");
  EXPECT_FALSE(credentials->expires);
}

TEST_F(CredentialsTest, ProfilesAreReadFromBothFiles) {
  File(".aws/config",
       "# mine\n[default]\nregion = eu-west-1 # here\n\n[profile  "
       "dev]\nregion=us-west-2\naws_access_key_id = CONFIG\n"
       "s3 =\n  addressing_style = path\n  region = nested\n[dev]\nregion = wrong\n");
  File(".aws/credentials",
       "[default]\naws_access_key_id = DEFAULT\naws_secret_access_key = s1\n; "
       "old\n[dev]\nAWS_ACCESS_KEY_ID = DEV\r\n"
       "aws_secret_access_key = a=b+c/d#e==\naws_session_token = t\n");
  const auto standard = ProfileCredentials("", environment_)->Fetch({});
  ASSERT_TRUE(standard);
  EXPECT_EQ(standard->access_key, "DEFAULT");
  EXPECT_EQ(AwsProfile::Load("", environment_).Get("region"), "eu-west-1");

  (*variables_)["AWS_PROFILE"] = "dev";
  const auto dev = ProfileCredentials("", environment_)->Fetch({});
  ASSERT_TRUE(dev);
  EXPECT_EQ(dev->access_key, "DEV");
  EXPECT_EQ(dev->secret_key.Reveal(), "a=b+c/d#e==");
  EXPECT_EQ(dev->session_token.Reveal(), "t");
  EXPECT_EQ(AwsProfile::Load("", environment_).Get("region"), "us-west-2");
  EXPECT_EQ(AwsProfile::Load("default", environment_).Get("region"), "eu-west-1");
}

TEST_F(CredentialsTest, TheFilesMayLieElsewhere) {
  (*variables_)["AWS_SHARED_CREDENTIALS_FILE"] =
      File("c", "[x]\naws_access_key_id=X\naws_secret_access_key=s\n");
  (*variables_)["AWS_CONFIG_FILE"] = File("d", "[profile x]\nregion=r\n");
  EXPECT_EQ(ProfileCredentials("x", environment_)->Fetch({})->access_key, "X");
  EXPECT_EQ(AwsProfile::Load("x", environment_).Get("region"), "r");
}

TEST_F(CredentialsTest, AProfileThatIsMissingIsSaid) {
  EXPECT_NO_THROW(AwsProfile::Load("", environment_));
  EXPECT_FALSE(ProfileCredentials("", environment_)->Fetch({}));
  const Error error = FailureOf([&] { AwsProfile::Load("nobody", environment_); });
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_THAT(error.message, HasSubstr("nobody"));
}

TEST_F(CredentialsTest, AProfileThatNeedsWhatWeCanNotDoIsSaid) {
  File(".aws/config", "[default]\nsso_session = corp\n");
  EXPECT_THAT(FailureOf([&] { ProfileCredentials("", environment_)->Fetch({}); }).message,
              HasSubstr("sso_session"));
}

TEST_F(CredentialsTest, WebIdentitiesAssumeTheirRole) {
  LoopbackServer sts([](const auto&) {
    return Answer{
        .body =
            "<AssumeRoleWithWebIdentityResponse "
            "xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">"
            "<AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIA</AccessKeyId>"
            "<SecretAccessKey>s3cret</SecretAccessKey><SessionToken>tok</SessionToken>"
            "<Expiration>2030-01-02T03:04:05Z</Expiration></Credentials></"
            "AssumeRoleWithWebIdentityResult>"
            "</AssumeRoleWithWebIdentityResponse>"};
  });
  (*variables_)["AWS_ENDPOINT_URL_STS"] = sts.Url();
  const auto source =
      WebIdentityCredentials(AwsProfile::Load("", environment_), "eu-west-1", "", environment_);
  EXPECT_FALSE(source->Fetch({}));
  (*variables_)["AWS_WEB_IDENTITY_TOKEN_FILE"] = File("token", "eyJ.a/b+c=\n");
  (*variables_)["AWS_ROLE_ARN"] = "arn:aws:iam::1:role/octo";
  const auto credentials = source->Fetch({});
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key, "ASIA");
  EXPECT_EQ(credentials->secret_key.Reveal(), "s3cret");
  EXPECT_EQ(credentials->session_token.Reveal(), "tok");
  EXPECT_EQ(credentials->expires, ParseTime("2030-01-02T03:04:05Z"));
  const auto request = sts.Requests().back();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/");
  EXPECT_EQ(request.body,
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%"
            "3Arole%2Focto"
            "&RoleSessionName=octo&WebIdentityToken=eyJ.a%2Fb%2Bc%3D");
}

TEST_F(CredentialsTest, ARefusedWebIdentityIsDeniedWithoutItsToken) {
  LoopbackServer sts([](const auto&) {
    return Answer{
        .status = 400,
        .body = "<ErrorResponse><Error><Code>InvalidIdentityToken</Code></Error></ErrorResponse>"};
  });
  (*variables_)["AWS_ENDPOINT_URL_STS"] = sts.Url();
  (*variables_)["AWS_WEB_IDENTITY_TOKEN_FILE"] = File("token", "verysecrettoken");
  (*variables_)["AWS_ROLE_ARN"] = "arn:role";
  const auto source =
      WebIdentityCredentials(AwsProfile::Load("", environment_), "r", "", environment_);
  const Error error = FailureOf([&] { source->Fetch({}); });
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_THAT(Describe(error), HasSubstr("InvalidIdentityToken"));
  EXPECT_THAT(Describe(error), Not(HasSubstr("verysecrettoken")));
  fs::remove(fs::path(folder_) / "token");
  EXPECT_EQ(FailureOf([&] { source->Fetch({}); }).kind, ErrorKind::kDenied);
}

constexpr const char* kJson =
    R"({"Code": "Success", "AccessKeyId": "ASIA", "SecretAccessKey": "s3cret", "Token": "tok", "Expiration": "2030-01-02T03:04:05Z"})";

TEST_F(CredentialsTest, ContainersAskTheirAgent) {
  LoopbackServer agent([](const auto&) { return Answer{.body = kJson}; });
  const auto source = ContainerCredentials(environment_);
  EXPECT_FALSE(source->Fetch({}));
  (*variables_)["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = agent.Url() + "/role?x=1";
  (*variables_)["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "Basic abc";
  const auto credentials = source->Fetch({});
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key, "ASIA");
  EXPECT_EQ(credentials->session_token.Reveal(), "tok");
  EXPECT_EQ(credentials->expires, ParseTime("2030-01-02T03:04:05Z"));
  EXPECT_EQ(agent.Requests().back().target, "/role?x=1");
  EXPECT_EQ(agent.Requests().back().headers.at("authorization"), "Basic abc");
  (*variables_)["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = File("token", "from file\n");
  source->Fetch({});
  EXPECT_EQ(agent.Requests().back().headers.at("authorization"), "from file");
}

TEST_F(CredentialsTest, TokensNeverGoInClearToOtherMachines) {
  (*variables_)["AWS_CONTAINER_AUTHORIZATION_TOKEN"] = "abc";
  for (const auto* uri : {"http://example.com/role", "http://10.0.0.1/", "http://127.evil.example/",
                          "ftp://127.0.0.1/"}) {
    (*variables_)["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = uri;
    EXPECT_EQ(FailureOf([&] { ContainerCredentials(environment_)->Fetch({}); }).kind,
              ErrorKind::kDenied)
        << uri;
  }
}

// IMDSv2: a token is fetched by PUT and shown with every question.
Answer Metadata(const LoopbackServer::Request& request) {
  if (request.method == "PUT" && request.target == "/latest/api/token" &&
      request.headers.contains("x-aws-ec2-metadata-token-ttl-seconds")) {
    return {.body = "imds-token"};
  }
  const auto token = request.headers.find("x-aws-ec2-metadata-token");
  if (token == request.headers.end() || token->second != "imds-token") return {.status = 401};
  if (request.target == "/latest/meta-data/iam/security-credentials/") return {.body = "my role"};
  if (request.target == "/latest/meta-data/iam/security-credentials/my%20role")
    return {.body = kJson};
  return {.status = 404};
}

TEST_F(CredentialsTest, MachinesAskTheirMetadataService) {
  LoopbackServer metadata(Metadata);
  (*variables_)["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = metadata.Url() + "/";
  EXPECT_FALSE(InstanceCredentials(environment_)->Fetch({})) << "disabled";
  (*variables_)["AWS_EC2_METADATA_DISABLED"] = "false";
  const auto credentials = InstanceCredentials(environment_)->Fetch({});
  ASSERT_TRUE(credentials);
  EXPECT_EQ(credentials->access_key, "ASIA");
  EXPECT_EQ(credentials->expires, ParseTime("2030-01-02T03:04:05Z"));
}

TEST_F(CredentialsTest, AMachineWithoutMetadataServiceOrRoleHasNone) {
  (*variables_)["AWS_EC2_METADATA_DISABLED"] = "false";
  LoopbackServer silent([](const auto&) { return Answer{.hold = true}; });
  LoopbackServer no_role([](const auto& request) {
    return request.method == "PUT" ? Answer{.body = "t"} : Answer{.status = 404};
  });
  for (const std::string& url : {silent.Url(), no_role.Url()}) {
    (*variables_)["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = url;
    EXPECT_FALSE(InstanceCredentials(environment_)->Fetch({}));
  }
}

TEST_F(CredentialsTest, TheChainTakesTheFirstThatHasAny) {
  const auto chain = [&](const std::string& profile) {
    return DefaultCredentials(profile, AwsProfile::Load(profile, environment_), "r", "",
                              environment_);
  };
  EXPECT_EQ(FailureOf([&] { chain("")->Current({}); }).kind, ErrorKind::kDenied);
  File(".aws/credentials", "[default]\naws_access_key_id=FILE\naws_secret_access_key=s\n");
  EXPECT_EQ(chain("")->Current({}).access_key, "FILE");
  (*variables_)["AWS_ACCESS_KEY_ID"] = "ENV";
  (*variables_)["AWS_SECRET_ACCESS_KEY"] = "s";
  EXPECT_EQ(chain("")->Current({}).access_key, "ENV");
  EXPECT_EQ(chain("default")->Current({}).access_key, "FILE")
      << "a profile that was asked for wins";
}

// Gives new keys each time, or fails.
class Counting final : public CredentialSource {
 public:
  struct Script {
    int count = 0;
    bool fails = false;
    WallTime expires{};
  };
  explicit Counting(Script& script) : script_(script) {}
  std::optional<Credentials> Fetch(const stream::Context&) override {
    if (script_.fails)
      throw Error(ErrorKind::kTransient, ErrorScope::kDestination, "credentials", "down");
    return Credentials{std::to_string(++script_.count), Secret("s"), {}, script_.expires, "test"};
  }

 private:
  Script& script_;
};

TEST(CredentialChain, RenewsBeforeExpiryAndSurvivesFailuresUntilThen) {
  Counting::Script script;
  WallTime now = *ParseTime("2026-01-01T00:00:00Z");
  script.expires = now + std::chrono::hours(1);
  std::vector<std::unique_ptr<CredentialSource>> sources;
  sources.push_back(std::make_unique<Counting>(script));
  CredentialChain chain(std::move(sources), [&] { return now; });

  EXPECT_EQ(chain.Current({}).access_key, "1");
  now += std::chrono::minutes(54);
  EXPECT_EQ(chain.Current({}).access_key, "1");
  now += std::chrono::minutes(2);
  script.fails = true;
  EXPECT_EQ(chain.Current({}).access_key, "1") << "still valid";
  now += std::chrono::minutes(1);
  script.fails = false;
  script.expires = now + std::chrono::hours(1);
  EXPECT_EQ(chain.Current({}).access_key, "2");
  now += std::chrono::hours(2);
  script.fails = true;
  EXPECT_EQ(FailureOf([&] { chain.Current({}); }).kind, ErrorKind::kTransient);
}

TEST(CredentialChain, RefusedCredentialsAreFetchedAnew) {
  Counting::Script script;
  script.expires = SystemNow() + std::chrono::hours(1);
  std::vector<std::unique_ptr<CredentialSource>> sources;
  sources.push_back(std::make_unique<Counting>(script));
  CredentialChain chain(std::move(sources), SystemNow);
  const Credentials first = chain.Current({});
  chain.Refuse(first);
  EXPECT_EQ(chain.Current({}).access_key, "2");
  chain.Refuse(first);
  EXPECT_EQ(chain.Current({}).access_key, "2") << "others have renewed them already";
}

}  // namespace
}  // namespace octo::storage
