#include "stream/prepared_object_json.h"

#include <boost/json.hpp>

#include <array>
#include <utility>

#include "base/error.h"

namespace octo::stream {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

constexpr std::array<std::pair<Precondition::Kind, std::string_view>, 3> kPreconditions = {{
    {Precondition::Kind::kNone, "none"},
    {Precondition::Kind::kAbsent, "absent"},
    {Precondition::Kind::kMatches, "matches"},
}};

[[noreturn]] void Refuse(const std::string& why) {
  throw Error(ErrorKind::kCorrupt, ErrorScope::kProcess, "ledger",
              "a prepared object stored in the ledger can't be read: " + why,
              "restore the ledger from a backup, or use the version of Octo that wrote it");
}

object PreconditionToJson(const Precondition& precondition) {
  std::string_view kind;
  for (const auto& [candidate, name] : kPreconditions) {
    if (candidate == precondition.kind) kind = name;
  }
  return {{"kind", kind}, {"etag", precondition.etag}};
}

// A field of an object: `otherwise` stands in for a missing one, a null pointer makes it mandatory.
template <typename Type>
Type Field(const object& fields, std::string_view name, const Type* otherwise = nullptr) {
  const value* field = fields.if_contains(name);
  if (field == nullptr) {
    if (otherwise == nullptr) Refuse("\"" + std::string(name) + "\" is missing");
    return *otherwise;
  }
  const auto converted = boost::json::try_value_to<Type>(*field);
  if (!converted) Refuse("\"" + std::string(name) + "\" has a wrong type");
  return *converted;
}

const std::string kNoText;

Precondition PreconditionFromJson(const object& fields) {
  const auto kind = Field<std::string>(fields, "kind");
  for (const auto& [candidate, name] : kPreconditions) {
    if (name == kind) return {candidate, Field(fields, "etag", &kNoText)};
  }
  // Publishing without a precondition that was meant could overwrite somebody's object.
  Refuse("the precondition \"" + kind + "\" is unknown");
}

UploadedPart PartFromJson(const value& part) {
  if (!part.is_object()) Refuse("a part is no object");
  const object& fields = part.get_object();
  return {.number = Field<int>(fields, "number"),
          .etag = Field<std::string>(fields, "etag"),
          .checksum = Field(fields, "checksum", &kNoText),
          .bytes = Field<uint64_t>(fields, "bytes")};
}

}  // namespace

std::string PreparedObjectToJson(const PreparedObject& prepared) {
  array parts;
  for (const UploadedPart& part : prepared.parts) {
    parts.push_back(object{{"number", part.number},
                           {"etag", part.etag},
                           {"checksum", part.checksum},
                           {"bytes", part.bytes}});
  }
  return boost::json::serialize(
      object{{"key", prepared.key},
             {"attempt", prepared.attempt},
             {"handle", prepared.handle},
             {"in_memory", prepared.in_memory},
             {"parts", std::move(parts)},
             {"bytes", prepared.bytes},
             {"sha256", prepared.sha256},
             {"precondition", PreconditionToJson(prepared.precondition)}});
}

PreparedObject PreparedObjectFromJson(std::string_view json) {
  boost::json::parse_options options;
  options.allow_invalid_utf8 =
      true;  // keys may come from names that a vendor wrote in any encoding
  boost::json::error_code failure;
  const value parsed = boost::json::parse(json, failure, {}, options);
  if (failure) Refuse("it is not JSON (" + failure.message() + ")");
  if (!parsed.is_object()) Refuse("it is no object");
  const object& fields = parsed.get_object();
  const bool durable = false;
  const array no_parts;
  PreparedObject prepared;
  prepared.key = Field<std::string>(fields, "key");
  prepared.attempt = Field<std::string>(fields, "attempt");
  prepared.handle = Field(fields, "handle", &kNoText);
  prepared.in_memory = Field(fields, "in_memory", &durable);
  for (const value& part : Field(fields, "parts", &no_parts)) {
    prepared.parts.push_back(PartFromJson(part));
  }
  prepared.bytes = Field<uint64_t>(fields, "bytes");
  prepared.sha256 = Field<std::string>(fields, "sha256");
  prepared.precondition = PreconditionFromJson(Field<object>(fields, "precondition"));
  return prepared;
}

}  // namespace octo::stream
