#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>
#include <utility>

namespace octo::log {

enum class Level { kDebug, kInfo, kWarning, kError, kOff };

// Lines go to stderr, one line an event: time, level, text. Call once at start-up; safe from any
// thread after that. With `json` each line is a JSON object. Texts never hold secrets: Secret has
// no formatter.
void SetUp(Level level, bool json);

void Write(Level level, std::string_view text);

template <typename... Args>
void Debug(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Info(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Warning(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kWarning, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void Error(fmt::format_string<Args...> format, Args&&... args) {
  Write(Level::kError, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace octo::log
