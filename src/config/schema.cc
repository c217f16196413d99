#include "config/schema.h"

#include <filesystem>

#include "config/refine.h"

namespace octo::config {
namespace {

using Global = Settings&;
using Unused = ProviderSettings&;
using R = const Reading&;

// The XDG base directory specification: a relative XDG_STATE_HOME is to be ignored.
Value DefaultLedger(const Settings&, const Environment& environment) {
  std::filesystem::path state = environment("XDG_STATE_HOME").value_or("");
  if (!state.is_absolute()) {
    const auto home = environment("HOME");
    if (!home) return "sqlite:octo.db";
    state = std::filesystem::path(*home) / ".local/state";
  }
  return "sqlite:" + (state / "octo/octo.db").string();
}

Value DefaultPathStyle(const Settings& settings, const Environment&) {
  return !settings.s3.endpoint.empty();
}

}  // namespace

const std::vector<Key>& GlobalKeys() {
  static const std::vector<Key> keys = {
      {.path = "ledger.url",
       .type = Type::kText,
       .documentation = "The database that remembers deliveries: `sqlite:PATH` for one machine, "
                        "`postgresql://…` for several.",
       .example = R"("postgresql://octo@db.example.com/octo")",
       .computed_default = DefaultLedger,
       .default_note = "`octo/octo.db` in `$XDG_STATE_HOME` (`~/.local/state`)",
       .refine = RefineLedgerUrl,
       .store = [](Global s, Unused, R r) { s.ledger_url = r.text; }},
      {.path = "s3.endpoint",
       .type = Type::kText,
       .documentation = "The address of an S3 service that is not AWS.",
       .example = R"("http://127.0.0.1:7070")",
       .environment = {"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"},
       .refine = RefineHttpUrl,
       .store = [](Global s, Unused, R r) { s.s3.endpoint = r.text; }},
      {.path = "s3.region",
       .type = Type::kText,
       .documentation = "The region of the buckets. Without it, what the AWS profile says.",
       .example = R"("us-east-1")",
       .environment = {"AWS_REGION", "AWS_DEFAULT_REGION"},
       .store = [](Global s, Unused, R r) { s.s3.region = r.text; }},
      {.path = "s3.path_style",
       .type = Type::kBoolean,
       .documentation = "Whether the bucket stands in the path (`http://host/bucket/key`) and not "
                        "in the host's name.",
       .example = "true",
       .computed_default = DefaultPathStyle,
       .default_note = "true where `s3.endpoint` is set",
       .store = [](Global s, Unused, R r) { s.s3.path_style = r.flag; }},
      {.path = "s3.sse",
       .type = Type::kChoice,
       .documentation = "Encryption by the service: none asked for (the bucket's own rule "
                        "applies), S3's keys, or KMS.",
       .example = R"("aws:kms")",
       .default_value = "",
       .choices = {"", "AES256", "aws:kms"},
       .store = [](Global s, Unused, R r) { s.s3.sse = r.text; }},
      {.path = "s3.kms_key_id",
       .type = Type::kText,
       .documentation =
           "The KMS key for `sse = \"aws:kms\"`. Without it, the account's default key.",
       .example =
           R"("arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab")",
       .store = [](Global s, Unused, R r) { s.s3.kms_key_id = r.text; }},
      {.path = "s3.storage_class",
       .type = Type::kText,
       .documentation = "The storage class of new objects. Without it, the bucket's.",
       .example = R"("STANDARD_IA")",
       .store = [](Global s, Unused, R r) { s.s3.storage_class = r.text; }},
      {.path = "s3.ca_bundle",
       .type = Type::kPath,
       .documentation =
           "A file of certificates that sign the service's own. Without it, the system's.",
       .example = R"("file:ca.pem")",
       .environment = {"AWS_CA_BUNDLE"},
       .store = [](Global s, Unused, R r) { s.s3.ca_bundle = r.text; }},
      {.path = "s3.profile",
       .type = Type::kText,
       .documentation = "The profile of `~/.aws/config` and `~/.aws/credentials` to take "
                        "credentials and region from.",
       .example = R"("fund")",
       .environment = {"AWS_PROFILE"},
       .store = [](Global s, Unused, R r) { s.s3.profile = r.text; }},
      {.path = "memory_budget",
       .type = Type::kSize,
       .documentation = "The memory that all data in flight may take together.",
       .example = R"("256 MiB")",
       .default_value = "128 MiB",
       .smallest = 16LL << 20,
       .largest = 1LL << 40,
       .store = [](Global s, Unused,
                   R r) { s.memory_budget_bytes = static_cast<uint64_t>(r.number); }},
      {.path = "worker.lease",
       .type = Type::kDuration,
       .documentation =
           "How long a delivery stays with a worker that gives no sign of life. Leases are renewed "
           "three times as often; a worker of this machine that has ended is noticed at once.",
       .example = R"("5m")",
       .default_value = "60s",
       .smallest = 1,
       .largest = 86'400,
       .store = [](Global s, Unused, R r) { s.worker_lease = std::chrono::seconds(r.number); }},
      {.path = "log.level",
       .type = Type::kChoice,
       .documentation = "The least severe lines that are logged.",
       .example = R"("debug")",
       .default_value = "info",
       .choices = {"debug", "info", "warning", "error", "off"},
       .store = [](Global s, Unused, R r) { s.log_level = static_cast<log::Level>(r.number); }},
      {.path = "log.json",
       .type = Type::kBoolean,
       .documentation = "Whether each line of the log is a JSON object.",
       .example = "true",
       .default_value = false,
       .store = [](Global s, Unused, R r) { s.log_json = r.flag; }},
  };
  return keys;
}

}  // namespace octo::config
