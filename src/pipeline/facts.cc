#include "pipeline/facts.h"

#include <fmt/core.h>

#include <boost/json.hpp>

#include <array>
#include <cmath>

#include "crypto/digest.h"
#include "provider/object_key.h"

namespace octo::pipeline {
namespace {

namespace json = boost::json;

json::array ArrayOf(const std::vector<std::string>& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return array;
}

std::string_view Name(openpgp::SignatureReport::Verdict verdict) {
  switch (verdict) {
    case openpgp::SignatureReport::Verdict::kGood:
      return "good";
    case openpgp::SignatureReport::Verdict::kBad:
      return "bad";
    case openpgp::SignatureReport::Verdict::kUnknownSigner:
      return "unknown signer";
    case openpgp::SignatureReport::Verdict::kExpiredKey:
      return "expired key";
    case openpgp::SignatureReport::Verdict::kRevokedKey:
      break;
  }
  return "revoked key";
}

json::object JsonOf(const openpgp::MessageReport& report) {
  json::array recipients;
  for (const auto& recipient : report.recipients) {
    recipients.push_back({{"key_id", recipient.key_id}, {"held", recipient.held}});
  }
  json::array signatures;
  for (const auto& signature : report.signatures) {
    signatures.push_back({{"key_id", signature.key_id},
                          {"fingerprint", signature.fingerprint},
                          {"verdict", Name(signature.verdict)}});
  }
  return {{"armored", report.armored},
          {"symmetric", report.symmetric},
          {"recipients", recipients},
          {"key_used", report.key_used},
          {"key_state", report.key_state},
          {"cipher", report.cipher},
          {"integrity", report.integrity},
          {"signatures", signatures},
          {"literal_name", report.literal_name},
          {"ciphertext_bytes", report.ciphertext_bytes},
          {"plaintext_bytes", report.plaintext_bytes}};
}

double Milliseconds(double seconds) { return std::round(seconds * 1000) / 1000; }

std::string TextAt(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->get_string()) : std::string();
}

uint64_t NumberAt(const json::object& object, std::string_view key) {
  return object.at(key).to_number<uint64_t>();
}

}  // namespace

StageTimes& StageTimes::operator+=(const StageTimes& other) {
  download += other.download;
  decrypt += other.decrypt;
  unpack += other.unpack;
  store += other.store;
  commit += other.commit;
  return *this;
}

std::string StageTimes::Bottleneck() const {
  std::pair<double, const char*> largest{download, "download"};
  for (const auto& stage : std::array<std::pair<double, const char*>, 4>{
           {{decrypt, "decrypt"}, {unpack, "unpack"}, {store, "store"}, {commit, "commit"}}}) {
    if (stage.first > largest.first) largest = stage;
  }
  return largest.second;
}

std::vector<std::string> Facts::VouchedBy() const {
  std::vector<std::string> vouched;
  if (openpgp) {
    for (const auto& signature : openpgp->signatures) {
      if (signature.verdict == openpgp::SignatureReport::Verdict::kGood)
        vouched.push_back("signature " + signature.key_id);
    }
    if (!openpgp->integrity.empty() && openpgp->integrity != "none")
      vouched.push_back("openpgp " + openpgp->integrity);
  }
  vouched.insert(vouched.end(), companions.begin(), companions.end());
  vouched.insert(vouched.end(), archive.vouched_by.begin(), archive.vouched_by.end());
  if (vouched.empty()) vouched.emplace_back("size alone");
  return vouched;
}

std::string Facts::ToJson() const {
  json::object facts{{"transfer", {{"bytes", transfer.bytes}, {"sha256", transfer.sha256}}},
                     {"layers", ArrayOf(archive.layers)},
                     {"unpacked_bytes", archive.unpacked_bytes},
                     {"vouched_by", ArrayOf(VouchedBy())},
                     {"seconds",
                      {{"download", Milliseconds(times.download)},
                       {"decrypt", Milliseconds(times.decrypt)},
                       {"unpack", Milliseconds(times.unpack)},
                       {"store", Milliseconds(times.store)}}}};
  if (openpgp) facts["openpgp"] = JsonOf(*openpgp);
  if (!companions.empty()) facts["companions"] = ArrayOf(companions);
  if (!raw_key.empty()) facts["raw_key"] = raw_key;
  return json::serialize(facts);
}

std::string ManifestJson(const ledger::Delivery& delivery,
                         const std::vector<ledger::ObjectRecord>& objects,
                         const std::string& source_url) {
  json::array list;
  for (const auto& object : objects) {
    list.push_back({{"key", object.key},
                    {"url", object.url},
                    {"etag", object.etag},
                    {"bytes", object.bytes},
                    {"sha256", object.sha256},
                    {"entry", object.entry}});
  }
  const json::object manifest{
      {"octo_manifest", 1},
      {"delivery", delivery.id},
      {"provider", delivery.provider},
      {"source", source_url},
      {"path", provider::EscapeKeyPart(
                   delivery.path)},  // for people: JSON can't hold a name that is not UTF-8
      {"path_base64", crypto::Base64(std::as_bytes(std::span(delivery.path)))},
      {"version", delivery.version},
      {"bytes", delivery.bytes},
      {"modified", FormatTime(delivery.modified)},
      {"discovered", FormatTime(delivery.discovered)},
      {"landed", FormatTime(delivery.landed.value_or(WallTime()))},
      {"content", delivery.content},
      {"objects", list},
      {"facts",
       delivery.facts.empty() ? json::value(json::object()) : json::parse(delivery.facts)}};
  return json::serialize(manifest);
}

ledger::LandedRecord ManifestFromJson(const std::string& text) {
  try {
    const json::value parsed = json::parse(text);
    const json::object& manifest = parsed.as_object();
    if (NumberAt(manifest, "octo_manifest") != 1) throw std::runtime_error("another format");
    ledger::LandedRecord record;
    ledger::Delivery& delivery = record.delivery;
    delivery.id = TextAt(manifest, "delivery");
    delivery.provider = TextAt(manifest, "provider");
    const crypto::Bytes path = crypto::FromBase64(TextAt(manifest, "path_base64"));
    delivery.path.assign(reinterpret_cast<const char*>(path.data()), path.size());
    delivery.version = static_cast<int>(NumberAt(manifest, "version"));
    delivery.bytes = NumberAt(manifest, "bytes");
    delivery.modified = ParseTime(TextAt(manifest, "modified")).value();
    delivery.discovered = ParseTime(TextAt(manifest, "discovered")).value();
    delivery.landed = ParseTime(TextAt(manifest, "landed")).value();
    delivery.content = TextAt(manifest, "content");
    delivery.facts = json::serialize(manifest.at("facts"));
    delivery.state = ledger::DeliveryState::kLanded;
    for (const auto& value : manifest.at("objects").as_array()) {
      const json::object& object = value.as_object();
      record.objects.push_back({.key = TextAt(object, "key"),
                                .url = TextAt(object, "url"),
                                .etag = TextAt(object, "etag"),
                                .bytes = NumberAt(object, "bytes"),
                                .sha256 = TextAt(object, "sha256"),
                                .entry = TextAt(object, "entry")});
    }
    if (delivery.id.empty() || delivery.provider.empty() || delivery.path.empty())
      throw std::runtime_error("incomplete");
    return record;
  } catch (const std::exception& error) {
    throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, "rebuild",
                fmt::format("not a manifest: {}", error.what()));
  }
}

std::string ManifestKey(const ledger::Delivery& delivery, WallTime landed) {
  return fmt::format("manifests/{}/{}/{}.json", delivery.provider, FormatDate(landed), delivery.id);
}

}  // namespace octo::pipeline
