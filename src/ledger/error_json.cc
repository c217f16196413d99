#include "ledger/error_json.h"

#include <boost/json.hpp>

namespace octo::ledger {
namespace {

std::string TextOf(const boost::json::object& object, std::string_view name) {
  const boost::json::value* value = object.if_contains(name);
  const boost::json::string* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string(*text) : std::string();
}

}  // namespace

std::string ErrorToJson(const Error& error) {
  return boost::json::serialize(boost::json::object{{"kind", Name(error.kind)},
                                                    {"scope", Name(error.scope)},
                                                    {"stage", error.stage},
                                                    {"message", error.message},
                                                    {"hint", error.hint}});
}

Error ErrorFromJson(std::string_view json) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 = true;  // messages quote names as vendors wrote them
  boost::json::error_code failure;
  const boost::json::value value = boost::json::parse(json, failure, {}, options);
  const boost::json::object* object = failure ? nullptr : value.if_object();
  if (object == nullptr) {
    throw Error(ErrorKind::kCorrupt, ErrorScope::kProcess, "ledger",
                "an error stored in the ledger is not a JSON object",
                "restore the ledger from a backup, or rebuild it from the manifests");
  }
  return {ErrorKindFromName(TextOf(*object, "kind")), ErrorScopeFromName(TextOf(*object, "scope")),
          TextOf(*object, "stage"), TextOf(*object, "message"), TextOf(*object, "hint")};
}

}  // namespace octo::ledger
