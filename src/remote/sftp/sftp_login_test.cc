// Ways to log in, and what is said when it is refused: against a real sshd.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/error.h"
#include "process/child.h"
#include "process/run_to_end.h"
#include "remote/sftp/diagnose.h"
#include "remote/sftp/helper_server.h"
#include "remote/sftp/sftp_folder.h"
#include "remote/sftp/test_vendor.h"
#include "stream/memory_source.h"

namespace octo::remote::sftp {
namespace {

using testing::HasSubstr;

std::string ReadHello(SftpOptions options) {
  const auto folder = MakeSftpFolder(std::move(options));
  return stream::ReadAll(*folder->Open("hello", 0, {}));
}

Error ErrorOfListing(SftpOptions options) {
  try {
    MakeSftpFolder(std::move(options))->List([](const RemoteEntry&) {}, {});
  } catch (const Error& error) {
    return error;
  }
  return {ErrorKind::kBug, ErrorScope::kProcess, "test", "there was no error"};
}

void RunTool(const std::vector<std::string>& argv) {
  const auto result = process::RunToEnd(argv, "", std::chrono::seconds(30), {});
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

std::string EncryptedKey(const TestVendor& vendor, const std::string& passphrase) {
  const std::string path = vendor.folder() / "encrypted key";
  std::filesystem::copy_file(vendor["KEY"], path);
  RunTool({"ssh-keygen", "-q", "-p", "-P", "", "-N", passphrase, "-f", path});
  return path;
}

#define SKIP_WITHOUT_PASSWORDS(vendor)                                      \
  if ((vendor)["PASSWORD_LOGIN"] != "yes") {                                \
    GTEST_SKIP() << "password logins need root and a mount namespace here"; \
  }

TEST(SftpLogin, ByKey) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  EXPECT_EQ(ReadHello(vendor.Options()), "hello");
}

TEST(SftpLogin, ByAnEncryptedKeyWithItsPassphrase) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.private_key = EncryptedKey(vendor, "not so secret");
  options.key_passphrase = Secret("not so secret");
  EXPECT_EQ(ReadHello(options), "hello");
}

TEST(SftpLogin, AWrongOrMissingPassphraseIsDeniedAndSaysSo) {
  const TestVendor vendor;
  SftpOptions options = vendor.Options();
  options.private_key = EncryptedKey(vendor, "right one");
  const Error missing = ErrorOfListing(options);
  EXPECT_EQ(missing.kind, ErrorKind::kDenied) << missing.message;
  EXPECT_EQ(missing.scope, ErrorScope::kProvider);
  EXPECT_EQ(missing.stage, "login");
  EXPECT_THAT(missing.hint, HasSubstr("configure its passphrase"));
  options.key_passphrase = Secret("wrong one");
  const Error wrong = ErrorOfListing(options);
  EXPECT_EQ(wrong.kind, ErrorKind::kDenied);
  EXPECT_THAT(wrong.hint, HasSubstr("passphrase may be wrong"));
  EXPECT_THAT(Describe(wrong), testing::Not(HasSubstr("wrong one")));
}

TEST(SftpLogin, ByPassword) {
  const TestVendor vendor({"--password", "pass word'\"%h"});
  SKIP_WITHOUT_PASSWORDS(vendor);
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.private_key.clear();
  options.password = Secret("pass word'\"%h");
  EXPECT_EQ(ReadHello(options), "hello");
  options.password = Secret("wrong");
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kDenied) << error.message;
  EXPECT_EQ(error.stage, "login");
}

TEST(SftpLogin, ByEncryptedKeyAndPasswordTogether) {
  const TestVendor vendor(
      {"--password", "the password", "--option", "AuthenticationMethods publickey,password"});
  SKIP_WITHOUT_PASSWORDS(vendor);
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.private_key = EncryptedKey(vendor, "the passphrase");
  options.key_passphrase = Secret("the passphrase");
  options.password = Secret("the password");
  EXPECT_EQ(ReadHello(options), "hello");
  options.password = {};
  EXPECT_EQ(ErrorOfListing(options).kind, ErrorKind::kDenied);
}

TEST(SftpLogin, ByTheAgent) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  const std::string socket = vendor.folder() / "agent";
  const process::Child agent({.argv = {"ssh-agent", "-D", "-a", socket}});
  while (!std::filesystem::exists(socket)) std::this_thread::yield();
  setenv("SSH_AUTH_SOCK", socket.c_str(), 1);
  RunTool({"ssh-add", "-q", vendor["KEY"]});
  SftpOptions options = vendor.Options();
  options.private_key.clear();
  EXPECT_EQ(ErrorOfListing(options).kind, ErrorKind::kDenied) << "the agent was not asked for";
  options.use_agent = true;
  EXPECT_EQ(ReadHello(options), "hello");
  unsetenv("SSH_AUTH_SOCK");
}

TEST(SftpLogin, AKeyThatOthersMayReadIsExplained) {
  const TestVendor vendor;
  std::filesystem::permissions(vendor["KEY"], std::filesystem::perms(0644));
  const Error error = ErrorOfListing(vendor.Options());
  EXPECT_EQ(error.kind, ErrorKind::kDenied);
  EXPECT_THAT(error.hint, HasSubstr("chmod 600"));
}

TEST(SftpLogin, AnyOfSeveralPinnedHostKeysIsRight) {
  const TestVendor vendor;
  const TestVendor other;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.host_keys = {other["HOST_KEY"], vendor["HOST_KEY"]};
  EXPECT_EQ(ReadHello(options), "hello");
}

TEST(SftpLogin, AChangedHostKeyIsRefusedWithBothFingerprintsAndTheLineToAdd) {
  const TestVendor vendor;
  const TestVendor other;
  SftpOptions options = vendor.Options();
  options.host_keys = {other["HOST_KEY"]};
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kDenied) << error.message;
  EXPECT_EQ(error.scope, ErrorScope::kProvider);
  EXPECT_EQ(error.stage, "connect");
  EXPECT_THAT(error.message, HasSubstr(Fingerprint(vendor["HOST_KEY"])));
  EXPECT_THAT(error.message, HasSubstr(Fingerprint(other["HOST_KEY"])));
  EXPECT_THAT(error.hint, HasSubstr("host_keys = [\"" + vendor["HOST_KEY"] + "\"]"));
  EXPECT_EQ(vendor.Logins(), 0);
}

TEST(SftpLogin, KnownHostsFilesDecideWithoutPins) {
  const TestVendor vendor;
  const TestVendor other;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.host_keys.clear();
  options.known_hosts = {vendor["KNOWN_HOSTS"]};
  EXPECT_EQ(ReadHello(options), "hello");
  options.known_hosts = {other["KNOWN_HOSTS"]};
  const Error unknown = ErrorOfListing(options);
  EXPECT_EQ(unknown.kind, ErrorKind::kDenied) << unknown.message;
  EXPECT_THAT(unknown.message, HasSubstr("none is configured or known"));
  EXPECT_THAT(unknown.hint, HasSubstr(vendor["HOST_KEY"]));
}

TEST(SftpLogin, EveryAddressOfANameIsTried) {
  // sshd listens on 127.0.0.1 only; localhost may be ::1 first.
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.host = "localhost";
  EXPECT_EQ(ReadHello(options), "hello");
}

TEST(SftpLogin, ThroughAJumpHost) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  options.proxy_jump = vendor["USER"] + "@127.0.0.1:" + vendor["PORT"];
  options.known_hosts = {vendor["KNOWN_HOSTS"]};
  EXPECT_EQ(ReadHello(options), "hello");
  EXPECT_EQ(vendor.Logins(), 2);  // at the jump host and at the server, here the same
}

// Serves one connection by SOCKS5, and counts the bytes.
class OneSocksConnection {
 public:
  OneSocksConnection() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size);
    listen(listener_.get(), 1);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this] { Serve(); });
  }
  ~OneSocksConnection() { shutdown(listener_.get(), SHUT_RDWR); }
  std::string proxy() const { return "127.0.0.1:" + std::to_string(port_); }
  const std::string& asked_for() const { return asked_for_; }

 private:
  void Serve() {
    const process::Descriptor client(accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    char text[512];
    if (!client.valid() || recv(client.get(), text, 3, MSG_WAITALL) != 3) return;
    send(client.get(), "\x05\x00", 2, MSG_NOSIGNAL);
    recv(client.get(), text, 5, MSG_WAITALL);
    const auto length = static_cast<size_t>(text[4]);
    recv(client.get(), text, length + 2, MSG_WAITALL);
    asked_for_.assign(text, length);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::memcpy(&address.sin_port, text + length, 2);
    const process::Descriptor server(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    connect(server.get(), reinterpret_cast<sockaddr*>(&address), sizeof address);
    send(client.get(), "\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x00", 10, MSG_NOSIGNAL);
    pollfd both[2] = {{client.get(), POLLIN, 0}, {server.get(), POLLIN, 0}};
    while (poll(both, 2, 10000) > 0) {
      for (int i = 0; i < 2; ++i) {
        if (both[i].revents == 0) continue;
        char buffer[65536];
        const ssize_t count = read(both[i].fd, buffer, sizeof buffer);
        if (count <= 0) return;
        send(both[1 - i].fd, buffer, static_cast<size_t>(count), MSG_NOSIGNAL);
      }
    }
  }

  process::Descriptor listener_;
  uint16_t port_ = 0;
  std::string asked_for_;
  std::jthread thread_;
};

TEST(SftpLogin, ThroughASocksProxyThatResolvesTheName) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  OneSocksConnection proxy;
  options.socks_proxy = proxy.proxy();
  options.host = "vendor.invalid";
  EXPECT_EQ(ReadHello(options), "hello");
  EXPECT_EQ(proxy.asked_for(), "vendor.invalid");
}

TEST(SftpLogin, AProxyThatIsNotThereIsTransientAndNamed) {
  const TestVendor vendor;
  SftpOptions options = vendor.Options();
  options.socks_proxy = "127.0.0.1:1";
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_EQ(error.scope, ErrorScope::kProvider);
  EXPECT_THAT(error.message, HasSubstr("SOCKS proxy 127.0.0.1:1"));
}

TEST(SftpLogin, OldAlgorithmsAreRefusedWithAHintAndWorkWhenAllowed) {
  const TestVendor vendor({"--option", "Ciphers aes128-cbc"});
  vendor.Write("hello", "hello");
  SftpOptions options = vendor.Options();
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kPermanent) << error.message;
  EXPECT_THAT(error.message, HasSubstr("aes128-cbc"));
  options.algorithms.ciphers = "aes128-cbc";
  EXPECT_EQ(ReadHello(options), "hello");
}

TEST(SftpLogin, AClosedPortIsTransient) {
  SftpOptions options;
  options.host = "127.0.0.1";
  options.port = 1;
  options.user = "nobody";
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_EQ(error.scope, ErrorScope::kProvider);
  EXPECT_THAT(error.message, HasSubstr("refused"));
}

TEST(SftpLogin, ANameThatDoesNotExistIsTransient) {
  SftpOptions options;
  options.host = "vendor.invalid";
  options.user = "nobody";
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kTransient);
  EXPECT_THAT(error.message, HasSubstr("vendor.invalid can't be resolved"));
}

TEST(SftpLogin, OptionsThatWouldBeTakenForSomethingElseAreUsageErrors) {
  SftpOptions options;
  options.user = "fund";
  for (const char* host : {"-oProxyCommand=x", "a b", "$(x)", ""}) {
    options.host = host;
    EXPECT_EQ(ErrorOfListing(options).kind, ErrorKind::kUsage) << host;
  }
}

TEST(SftpLogin, ASilentServerIsGivenUpAfterTheTimeout) {
  const process::Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  bind(listener.get(), reinterpret_cast<sockaddr*>(&address), size);
  listen(listener.get(), 4);
  getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  SftpOptions options;
  options.host = "127.0.0.1";
  options.port = ntohs(address.sin_port);
  options.user = "fund";
  options.connect_timeout = std::chrono::seconds(1);
  EXPECT_EQ(ErrorOfListing(options).kind, ErrorKind::kTransient);
  // And a cancellation does not wait for it.
  options.connect_timeout = std::chrono::seconds(60);
  const auto folder = MakeSftpFolder(options);
  std::stop_source stop;
  stream::Context context;
  context.stop = stop.get_token();
  const auto begun = std::chrono::steady_clock::now();
  std::jthread canceller([&] { stop.request_stop(); });
  EXPECT_THROW(folder->List([](const RemoteEntry&) {}, context), Error);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
}

TEST(SftpLogin, TheFirstFolderThatExistsIsTheInbox) {
  const TestVendor vendor;
  std::filesystem::create_directory(vendor.inbox() / "outgoing");
  vendor.Write("outgoing/hello", "hello");
  SftpOptions options = vendor.Options();
  options.folders = {"inbox", "outgoing/", ""};
  EXPECT_EQ(ReadHello(options), "hello");
  options.folders = {"inbox", "/nowhere"};
  const Error error = ErrorOfListing(options);
  EXPECT_EQ(error.kind, ErrorKind::kPermanent);
  EXPECT_EQ(error.scope, ErrorScope::kProvider);
  EXPECT_THAT(error.message, HasSubstr("\"inbox\", \"/nowhere\""));
}

TEST(SftpLogin, WhatTheServerDoesNotPermitIsDenied) {
  const TestVendor read_only({"--sftp-arguments", "-R"});
  read_only.Write("hello", "hello");
  const auto folder = MakeSftpFolder(read_only.Options());
  try {
    folder->Remove("hello", {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind, ErrorKind::kDenied);
    EXPECT_EQ(error.scope, ErrorScope::kDelivery);
  }
}

std::vector<CheckResult> Diagnose(const SftpOptions& options, bool may_write) {
  std::vector<CheckResult> results;
  DiagnoseSftp(options, may_write, [&](const CheckResult& result) { results.push_back(result); },
               {});
  return results;
}

TEST(DiagnoseSftp, FindsAHealthyVendorHealthy) {
  const TestVendor vendor;
  vendor.Write("hello", "hello");
  const auto results = Diagnose(vendor.Options(), true);
  ASSERT_EQ(results.size(), 8U);
  for (const auto& result : results) EXPECT_TRUE(result.ok) << result.name << ": " << result.detail;
  EXPECT_THAT(results[4].detail, HasSubstr("SHA256:"));
  EXPECT_THAT(results[5].detail, HasSubstr("1 files"));
  EXPECT_THAT(results[6].detail, HasSubstr("limits@openssh.com"));
  EXPECT_THAT(results[7].detail, HasSubstr("minus ours is"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(vendor.inbox()), {}), 1);
}

TEST(DiagnoseSftp, StopsAtTheFirstFailureAndSaysWhyTheRestIsSkipped) {
  const TestVendor vendor;
  SftpOptions options = vendor.Options();
  options.private_key = "/nonexistent/key";
  const auto results = Diagnose(options, false);
  ASSERT_EQ(results.size(), 8U);
  EXPECT_TRUE(results[3].ok) << results[3].detail;
  EXPECT_FALSE(results[4].ok);
  EXPECT_EQ(results[4].name, "login");
  EXPECT_FALSE(results[4].hint.empty());
  EXPECT_THAT(results[5].detail, HasSubstr("skipped, because the check \"login\" failed"));
}

}  // namespace
}  // namespace octo::remote::sftp
