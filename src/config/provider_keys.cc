#include "config/connection_keys.h"
#include "config/refine.h"
#include "config/schema.h"

namespace octo::config {
namespace {

using S = Settings&;
using P = ProviderSettings&;
using R = const Reading&;
using Texts = std::vector<std::string>;
using provider::After;
using provider::OnNewVersion;
using provider::Unframed;

constexpr int64_t kLongest = int64_t{365} * 86400;

// The old system's variable holds a bucket's name; a url is welcome too.
std::optional<Value> AsBucket(const std::string&, const std::string& text) {
  const bool url = text.starts_with("s3:") || text.starts_with("file:");
  return url ? text : "s3://" + text;
}

void StoreAfter(S, P p, R r) {
  constexpr std::string_view kMove = "move:";
  p.provider.after = r.text == "delete" ? After::kDelete : After::kKeep;
  if (!r.text.starts_with(kMove)) return;
  p.provider.after = After::kMove;
  p.provider.move_to = r.text.substr(kMove.size());
}

std::vector<Key> NameKeys() {
  return {
      {.path = "preset",
       .type = Type::kText,
       .documentation = "The vendor's habits to start from; see [Presets](#presets). \"\" is none.",
       .example = R"("affirm")",
       .default_note = "the preset of the provider's own name, if there is one",
       .refine = RefinePreset,
       .store = [](S, P p, R r) { p.preset = r.text; }},
      {.path = "inbox",
       .type = Type::kTexts,
       .documentation =
           "The vendor's folder. Of several, the first that exists; \"\" is the account's root.",
       .example = R"(["outgoing", ""])",
       .default_value = Texts{"inbox"},
       .refine = RefineFolders,
       .store = [](S, P p, R r) { p.provider.inbox = r.list; }},
      {.path = "include",
       .type = Type::kTexts,
       .documentation = "Shell patterns of the names that are data.",
       .example = R"(["*.csv.gz.gpg", "*.pdf.gpg"])",
       .default_value = Texts{"*"},
       .refine = RefineGlobs,
       .store = [](S, P p, R r) { p.provider.include = r.list; }},
      {.path = "exclude",
       .type = Type::kTexts,
       .documentation = "Shell patterns of names that are left alone although they are included.",
       .example = R"(["test_*"])",
       .default_value = Texts{},
       .refine = RefineGlobs,
       .store = [](S, P p, R r) { p.provider.exclude = r.list; }},
      {.path = "temporary",
       .type = Type::kTexts,
       .documentation = "Shell patterns of names that the vendor is still writing, or hides.",
       .example = R"(["*.tmp", ".*"])",
       .default_value = Texts{"*.tmp", "*.part", "*.filepart", "*.partial", "*.writing", ".*"},
       .refine = RefineGlobs,
       .store = [](S, P p, R r) { p.provider.temporary = r.list; }},
      {.path = "name_pattern",
       .type = Type::kText,
       .documentation = "A regular expression that matches the whole remote name; its groups are "
                        "variables of the layouts, "
                        "by number (`{1}`) and by name (`(?<kind>[a-z]+)` is `{kind}`).",
       .example = R"('(?<kind>[a-z]+)_(?<day>\d{8})\..*')",
       .refine = RefinePattern,
       .store = [](S, P p, R r) { p.provider.name_pattern = r.text; }},
  };
}

std::vector<Key> ReadinessKeys() {
  return {
      {.path = "settle",
       .type = Type::kDuration,
       .documentation = "How long a file must not have changed before it is taken.",
       .example = R"("5m")",
       .default_value = "60s",
       .largest = 86400,
       .store = [](S, P p, R r) { p.provider.settle = std::chrono::seconds(r.number); }},
      {.path = "marker",
       .type = Type::kText,
       .documentation = "The name of a file that says that the data file `{name}` is complete. "
                        "Without it, none is waited for.",
       .example = R"("{name}.done")",
       .refine = RefineMarker,
       .store = [](S, P p, R r) { p.provider.marker = r.text; }},
      {.path = "allow_empty",
       .type = Type::kBoolean,
       .documentation = "Whether an empty file is a delivery.",
       .example = "true",
       .default_value = false,
       .store = [](S, P p, R r) { p.provider.allow_empty = r.flag; }},
      {.path = "incomplete_deadline",
       .type = Type::kDuration,
       .documentation =
           "How long a file whose end is missing is looked at again before it is quarantined.",
       .example = R"("6h")",
       .default_value = "24h",
       .smallest = 1,
       .largest = kLongest,
       .store = [](S, P p,
                   R r) { p.provider.incomplete_deadline = std::chrono::seconds(r.number); }},
      {.path = "require_checksum",
       .type = Type::kBoolean,
       .documentation = "Whether a `.sha256` or `.md5` file must lie beside each data file.",
       .example = "true",
       .default_value = false,
       .store = [](S, P p, R r) { p.provider.require_checksum = r.flag; }},
      {.path = "require_detached_signature",
       .type = Type::kBoolean,
       .documentation = "Whether a `.sig` or `.asc` file must lie beside each data file.",
       .example = "true",
       .default_value = false,
       .store = [](S, P p, R r) { p.provider.require_detached_signature = r.flag; }},
      {.path = "unframed",
       .type = Type::kChoice,
       .documentation = "What to do with a file whose end nothing vouches for, a plain CSV: take "
                        "it, or only with a companion "
                        "(checksum or signature).",
       .example = R"("require-companion")",
       .default_value = "allow",
       .choices = {"allow", "require-companion"},
       .store = [](S, P p, R r) { p.provider.unframed = static_cast<Unframed>(r.number); }},
      {.path = "parallel_files",
       .type = Type::kInteger,
       .documentation = "How many files are fetched at once.",
       .example = "8",
       .default_value = 4,
       .smallest = 1,
       .largest = 64,
       .store = [](S, P p, R r) { p.provider.parallel_files = static_cast<int>(r.number); }},
  };
}

std::vector<Key> LandingKeys() {
  return {
      {.path = "destination",
       .type = Type::kText,
       .documentation = "Where the files go: `s3://BUCKET/PREFIX`, or a folder as `file:///PATH` "
                        "or `file:RELATIVE`. Required.",
       .example = R"("s3://fund-data")",
       .environment = {"S3_BUCKET_{P}"},
       .from_environment = AsBucket,
       .refine = RefineDestination,
       .store = [](S, P p, R r) { p.provider.destination = r.text; }},
      {.path = "layout",
       .type = Type::kText,
       .documentation = "The key of a file below the destination. See [Layouts](#layouts).",
       .example = R"("{provider}/{year}/{month}/{name}")",
       .default_value = "data/{type}/{provider}/{name}",
       .store = [](S, P p, R r) { p.provider.layout = r.text; }},
      {.path = "keep_raw",
       .type = Type::kText,
       .documentation = "The key of a copy of the file as the vendor sent it; `{name}` is then the "
                        "remote name. Without it, no "
                        "copy is kept.",
       .example = R"("raw/{provider}/{date}/{name}")",
       .store = [](S, P p, R r) { p.provider.keep_raw = r.text; }},
      {.path = "on_new_version",
       .type = Type::kChoice,
       .documentation = "What to do with a file that comes again with other content: store it "
                        "beside the first as "
                        "`name.v2.csv`, or in its place.",
       .example = R"("replace")",
       .default_value = "add-version",
       .choices = {"add-version", "replace"},
       .store = [](S, P p,
                   R r) { p.provider.on_new_version = static_cast<OnNewVersion>(r.number); }},
      {.path = "after",
       .type = Type::kText,
       .documentation = "What happens to the vendor's file once it has landed: `\"keep\"`, "
                        "`\"delete\"`, or `\"move:FOLDER\"`, relative to the inbox.",
       .example = R"("move:archive")",
       .default_value = "keep",
       .refine = RefineAfter,
       .store = StoreAfter},
  };
}

}  // namespace

const std::vector<Key>& ProviderKeys() {
  static const std::vector<Key> keys = [] {
    std::vector<Key> all;
    for (const auto& part : {NameKeys(), ReadinessKeys(), LandingKeys(), ConnectionKeys()}) {
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }();
  return keys;
}

}  // namespace octo::config
