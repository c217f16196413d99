#include "child.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>

#include "base/error.h"

extern char** environ;

namespace octo::sample {
namespace {

Error Failed(std::string message) {
  return {ErrorKind::kPermanent, ErrorScope::kProcess, "run", std::move(message),
          "is GnuPG installed (gpg on PATH)?"};
}

std::vector<char*> Pointers(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (std::string& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Our environment with the additions in the place of variables of the same name.
std::vector<std::string> Environment(const std::vector<std::string>& additions) {
  std::vector<std::string> all = additions;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text = *variable;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& addition : additions) replaced |= addition.starts_with(name);
    if (!replaced) all.emplace_back(text);
  }
  return all;
}

struct FileActions {
  FileActions() { posix_spawn_file_actions_init(&actions); }
  ~FileActions() { posix_spawn_file_actions_destroy(&actions); }
  posix_spawn_file_actions_t actions;
};

}  // namespace

void IgnoreBrokenPipes() { std::signal(SIGPIPE, SIG_IGN); }

Child::Child(const std::vector<std::string>& command, const std::vector<std::string>& environment,
             const std::filesystem::path& standard_output)
    : name_(command.front()) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw Failed("can't make a pipe: " + ErrnoText(errno));
  input_ = pipe[1];
  errors_ = ::memfd_create("errors", MFD_CLOEXEC);
  FileActions files;
  posix_spawn_file_actions_adddup2(&files.actions, pipe[0], STDIN_FILENO);
  posix_spawn_file_actions_addopen(&files.actions, STDOUT_FILENO,
                                   standard_output.empty() ? "/dev/null" : standard_output.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0600);
  posix_spawn_file_actions_adddup2(&files.actions, errors_, STDERR_FILENO);
  std::vector<std::string> arguments = command;
  std::vector<std::string> variables = Environment(environment);
  const int failed = ::posix_spawnp(&process_, name_.c_str(), &files.actions, nullptr,
                                    Pointers(arguments).data(), Pointers(variables).data());
  ::close(pipe[0]);
  if (failed != 0) {
    process_ = -1;
    ::close(input_);
    ::close(errors_);
    throw Failed(fmt::format("can't run {}: {}", name_, ErrnoText(failed)));
  }
}

Child::~Child() {
  if (input_ >= 0) ::close(input_);
  if (process_ > 0) {
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
  }
  ::close(errors_);
}

void Child::Write(std::string_view bytes) {
  try {
    WriteAll(input_, bytes, name_);
  } catch (const Error&) {
    Finish();  // says why the program ended, if it did
    throw;
  }
}

void Child::Finish() {
  ::close(std::exchange(input_, -1));
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
  }
  process_ = -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    throw Failed(fmt::format("{} failed: {}", name_, ErrorText()));
  }
}

std::string Child::ErrorText() const {
  std::string text(4096, '\0');
  const ssize_t count = ::pread(errors_, text.data(), text.size(), 0);
  text.resize(count < 0 ? 0 : static_cast<size_t>(count));
  return text;
}

}  // namespace octo::sample
