#include "remote/sftp/profile.h"

#include <boost/json.hpp>

namespace octo::remote::sftp {
namespace {

uint64_t NumberIn(const boost::json::object& object, const char* name) {
  const auto* value = object.if_contains(name);
  boost::system::error_code error;
  const auto number = value == nullptr ? 0 : value->to_number<uint64_t>(error);
  return error ? 0 : number;
}

}  // namespace

std::string FormatProfile(const Profile& profile) {
  if (profile.empty()) return {};
  boost::json::object object;
  if (profile.window_bytes > 0) object["window_bytes"] = profile.window_bytes;
  if (profile.window_ceiling > 0) object["window_ceiling"] = profile.window_ceiling;
  if (profile.max_sessions > 0) object["max_sessions"] = profile.max_sessions;
  if (profile.clock_offset_seconds) object["clock_offset_seconds"] = *profile.clock_offset_seconds;
  return boost::json::serialize(object);
}

Profile ParseProfile(const std::string& json) {
  Profile profile;
  boost::system::error_code error;
  const auto value = boost::json::parse(json, error);
  if (error || !value.is_object()) return profile;
  const auto& object = value.get_object();
  profile.window_bytes = NumberIn(object, "window_bytes");
  profile.window_ceiling = NumberIn(object, "window_ceiling");
  profile.max_sessions = NumberIn(object, "max_sessions");
  if (const auto* offset = object.if_contains("clock_offset_seconds");
      offset != nullptr && offset->is_int64()) {
    profile.clock_offset_seconds = offset->get_int64();
  }
  return profile;
}

}  // namespace octo::remote::sftp
