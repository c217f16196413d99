#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>

#include <atomic>

namespace octo::log {
namespace {

std::atomic<bool> as_json = false;

spdlog::level::level_enum SpdlogLevel(Level level) {
  switch (level) {
    case Level::kDebug:
      return spdlog::level::debug;
    case Level::kInfo:
      return spdlog::level::info;
    case Level::kWarning:
      return spdlog::level::warn;
    case Level::kError:
      return spdlog::level::err;
    case Level::kOff:
      break;
  }
  return spdlog::level::off;
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = spdlog::stderr_color_mt("octo");
    made->set_level(spdlog::level::warn);
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    return made;
  }();
  return *logger;
}

}  // namespace

void SetUp(Level level, bool json) {
  as_json = json;
  Logger().set_level(SpdlogLevel(level));
  if (json) Logger().set_pattern(R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","text":%v})");
}

void Write(Level level, std::string_view text) {
  auto& logger = Logger();
  if (!logger.should_log(SpdlogLevel(level))) return;
  if (as_json) {
    logger.log(SpdlogLevel(level), "{}", boost::json::serialize(boost::json::value(text)));
  } else {
    logger.log(SpdlogLevel(level), "{}", text);
  }
}

}  // namespace octo::log
