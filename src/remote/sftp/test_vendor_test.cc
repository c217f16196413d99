#include "remote/sftp/test_vendor.h"

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <random>
#include <sstream>
#include <stdexcept>

#include "process/run_to_end.h"

namespace octo::remote::sftp {
namespace {

const std::string kScript = std::string(OCTO_SOURCE_DIR) + "/tests/servers/sshd";

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<int> ChildrenOf(int pid) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
  std::vector<int> children;
  for (int child = 0; file >> child;) children.push_back(child);
  return children;
}

}  // namespace

TestVendor::TestVendor(std::vector<std::string> start_options) {
  std::string name = (std::filesystem::temp_directory_path() / "octo-vendor-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = name;
  std::vector<std::string> argv = {kScript, "start", folder_.string()};
  argv.insert(argv.end(), start_options.begin(), start_options.end());
  const auto started = process::RunToEnd(argv, "", std::chrono::seconds(60), {});
  if (started.exit_code != 0) throw std::runtime_error(started.err);
  std::istringstream lines(started.out);
  for (std::string line; std::getline(lines, line);) {
    const size_t equals = line.find('=');
    if (equals != std::string::npos) facts_[line.substr(0, equals)] = line.substr(equals + 1);
  }
  inbox_ = facts_.at("INBOX");
}

TestVendor::~TestVendor() {
  Signal(SIGCONT);
  try {
    process::RunToEnd({kScript, "stop", folder_.string()}, "", std::chrono::seconds(20), {});
  } catch (const std::exception&) {
    // The test has its result; what is left behind shows in the next one.
  }
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

SftpOptions TestVendor::Options() const {
  SftpOptions options;
  options.host = facts_.at("HOST");
  options.port = static_cast<uint16_t>(std::stoi(facts_.at("PORT")));
  options.user = facts_.at("USER");
  options.private_key = facts_.at("KEY");
  options.host_keys = {facts_.at("HOST_KEY")};
  return options;
}

void TestVendor::Write(const std::string& name, const std::string& content) const {
  std::ofstream(inbox_ / name, std::ios::binary) << content;
}

void TestVendor::Signal(int number) const {
  for (const int connection : ChildrenOf(std::stoi(facts_.at("PID")))) {
    for (const int session : ChildrenOf(connection)) kill(session, number);
    kill(connection, number);
  }
}

void TestVendor::KillSessions() const { Signal(SIGKILL); }
void TestVendor::Freeze() const { Signal(SIGSTOP); }

int TestVendor::CountLines(const std::string& part) const {
  std::istringstream lines(Log());
  int count = 0;
  for (std::string line; std::getline(lines, line);) count += line.find(part) != std::string::npos;
  return count;
}

int TestVendor::Logins() const { return CountLines("Accepted ") - CountLines("Accepted key "); }
int TestVendor::Subsystems() const { return CountLines("Starting session: subsystem 'sftp'"); }
int TestVendor::Refusals() const { return CountLines("no more sessions"); }

std::string TestVendor::Log() const { return ReadFile(facts_.at("LOG")); }

std::string SampleBytes(size_t bytes, unsigned seed) {
  std::mt19937_64 random(seed);
  std::string text(bytes + 8, '\0');
  for (size_t i = 0; i < bytes; i += 8) {
    const uint64_t value = random();
    std::memcpy(text.data() + i, &value, 8);
  }
  text.resize(bytes);
  return text;
}

}  // namespace octo::remote::sftp
