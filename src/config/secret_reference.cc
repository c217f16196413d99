#include "config/secret_reference.h"

#include <fmt/core.h>

#include <fstream>
#include <iterator>
#include <vector>

#include "base/error.h"
#include "config/file_reference.h"
#include "config/words.h"

namespace octo::config {
namespace {

// The rest of the text after the prefix.
std::optional<std::string> After(std::string_view text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return std::nullopt;
  return std::string(text.substr(prefix.size()));
}

std::string WithoutNewline(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::string FromFile(const std::string& path, const ReadContext& context, Problems& problems) {
  if (!CheckFile(path, context, problems)) return {};
  CheckMode(path, false, problems);
  std::ifstream file(path, std::ios::binary);
  std::string text = WithoutNewline(std::string(std::istreambuf_iterator<char>(file), {}));
  if (text.empty())
    problems.push_back(
        {Severity::kError, fmt::format("the file {} is empty", path), "put the secret into it"});
  return text;
}

std::string FromCommand(const std::string& line, const ReadContext& context, Problems& problems) {
  const std::vector<std::string> words = SplitWords(line);
  if (words.empty()) {
    problems.push_back({Severity::kError,
                        "\"command:\" is not followed by a program and its arguments",
                        "for example command:pass show octo/affirm"});
    return {};
  }
  if (!context.run_command) return {};
  try {
    std::string text = WithoutNewline(context.run_command(words));
    if (text.empty())
      problems.push_back({Severity::kError, fmt::format("the command {} printed nothing", words[0]),
                          "run it by hand"});
    return text;
  } catch (const Error& error) {
    if (error.kind == ErrorKind::kCancelled) throw;
    problems.push_back({Severity::kError, error.message, error.hint});
    return {};
  }
}

}  // namespace

Secret ResolveSecret(std::string_view reference, const ReadContext& context, Problems& problems) {
  if (const auto name = After(reference, "env:")) {
    auto value = context.environment(*name);
    if (!value) {
      problems.push_back({Severity::kError,
                          fmt::format("the environment variable {} is not set", *name),
                          "set it to the secret"});
    }
    return Secret(value.value_or(""));
  }
  if (const auto path = After(reference, "file:")) {
    return Secret(FromFile(ResolvePath(*path, context), context, problems));
  }
  if (const auto line = After(reference, "command:"))
    return Secret(FromCommand(*line, context, problems));
  if (!reference.empty()) {
    problems.push_back({Severity::kWarning, "the secret stands in the configuration file itself",
                        "refer to it by env:NAME, file:PATH or command:PROGRAM"});
  }
  return Secret(std::string(reference));
}

std::string MaskedReference(std::string_view reference) {
  if (reference.starts_with("env:") || reference.starts_with("file:"))
    return std::string(reference);
  if (const auto line = After(reference, "command:")) {
    // Its arguments are nobody's business: they might hold a secret themselves.
    const std::vector<std::string> words = SplitWords(*line);
    return "command:" + (words.empty() ? "" : words[0]) + (words.size() > 1 ? " …" : "");
  }
  return reference.empty() ? "" : "********";
}

}  // namespace octo::config
