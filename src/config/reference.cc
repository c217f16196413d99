#include "config/reference.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "config/key.h"
#include "config/schema.h"
#include "provider/preset.h"

namespace octo::config {
namespace {

constexpr std::string_view kHead = R"(# Configuration

<!-- Generated from the tables of keys in src/config. Change those, then run the tests of config with OCTO_UPDATE_DOCS=1. -->

Octo reads one TOML file: the one of `--config`, else of `OCTO_CONFIG`, else `./octo.toml`, else `/etc/octo/octo.toml`. Relative
paths in it are relative to the file; `~/` is the home folder. [examples/octo.toml](examples/octo.toml) shows most of it.
The presets `affirm` and `bloomberg` need no file: environment variables are enough.

Each key's value is the first of these that there is: the file's, the environment variable's, the preset's, the default.
In the names of variables, `{P}` is the provider's name in upper case, with `_` for everything but letters and digits.
A variable that is set to nothing counts as not set.

`octo config check` reports every mistake with file, line and what to do. `octo config show` prints every value that is in
effect and where it comes from.

## Values

- A **size** is a text like `"128 MiB"`, `"1.5 GB"` (kB, MB, GB, TB: powers of 1000; KiB, MiB, GiB, TiB: of 1024) or a number of bytes.
- A **rate** is a size for each second: `"10 MB/s"`.
- A **duration** is a text of whole numbers and `s`, `m`, `h`, `d`: `"60s"`, `"1h30m"`.
- A **list of texts** may be one text, where one is enough.
- A **secret** is a reference: `"env:NAME"`, an environment variable; `"file:PATH"`, a file's content; `"command:PROGRAM ARGUMENTS"`,
  what a program prints (no shell; quotes keep blanks together). One newline at the end is left out. A secret that stands in the
  file itself works, with a warning. Files that others can read are warned about. Secrets are never printed.
- A **pattern** is a shell pattern on the file's name: `*`, `?`, `[a-z]`, `[!a-z]`, `\` before a character that is meant itself.
)";

constexpr std::string_view kLayouts = R"(
## Layouts

A layout is the key of an object below the destination. Variables:

| variable | is |
|---|---|
| `{name}` | the final name: without `.gpg`, `.gz` and the like, with `.v2` before the extension from the second version on; `{delivery's name}/{entry}` for the files of an archive of several |
| `{stem}` | the last part of the final name without its extension |
| `{remote_name}` | the vendor's name |
| `{type}` | `csv`, `pdf` or `xml`, the first that the final name holds as `.csv`, `.pdf`, `.xml`; else `other` |
| `{provider}` | the provider's name |
| `{version}` | 1, or the number of the version |
| `{date}` `{year}` `{month}` `{day}` | when the vendor's file was changed, UTC: `2026-05-01`, `2026`, `05`, `01` |
| `{delivery}` `{attempt}` | the identifiers of the delivery and of the attempt that landed it |
| `{1}` `{2}` … `{group}` | the groups of `name_pattern`, by number and by name; a group hides a variable of the same name |

Keys are legal whatever a vendor's names are, and different names give different keys:

- Control characters, bytes that are not UTF-8, and `/` in a name become `%XX`, two upper-case hexadecimal digits for each byte.
- `%` becomes `%25`, only where two such digits or `~` follow. All other characters stay, blanks too.
- The names `.` and `..` become `%2E` and `%2E%2E`.
- A part of more than 255 bytes is cut, and `%~` and a hash of the whole are put before its extension.
)";

// A preset holds texts; as TOML, numbers are bare.
std::string SpellPreset(const provider::PresetValue& value) {
  const std::vector<std::string> values(value.values.begin(), value.values.end());
  const auto key = std::ranges::find(ProviderKeys(), value.key, &Key::path);
  if (key != ProviderKeys().end() && key->type == Type::kInteger) return values[0];
  return values.size() == 1 ? Spell(values[0]) : Spell(values);
}

std::string Presets() {
  std::string text =
      "\n## Presets\n\nA preset fills keys that neither the file nor the environment sets. A "
      "provider that has a preset's name uses it.\n";
  for (const provider::Preset& preset : provider::Presets()) {
    text += fmt::format("\n**{}**: {}\n\n", preset.name, preset.about);
    for (const provider::PresetValue& value : preset.values) {
      text += fmt::format("- `{} = {}`\n", value.key, SpellPreset(value));
    }
  }
  return text;
}

std::string Default(const Key& key) {
  if (!key.default_note.empty()) return fmt::format("Default: {}.", key.default_note);
  if (!key.default_value) return "";
  return fmt::format("Default: `{}`.", Spell(*key.default_value));
}

std::string Variables(const Key& key) {
  if (key.environment.empty()) return "";
  return fmt::format("Environment: `{}`.", fmt::join(key.environment, "`, `"));
}

// One key: its name, then what there is to say, a paragraph.
std::string Describe(const Key& key) {
  std::string text =
      fmt::format("\n#### `{}`\n\n{} Type: {}.", key.path, key.documentation, DescribeType(key));
  for (const std::string& sentence : {Default(key), Variables(key)}) {
    if (!sentence.empty()) text += " " + sentence;
  }
  return text + fmt::format("\n\n```toml\n{} = {}\n```\n", key.path, key.example);
}

std::string Group(std::string_view title, const std::vector<Key>& keys) {
  std::string text = fmt::format("\n{}\n", title);
  for (const Key& key : keys) text += Describe(key);
  return text;
}

}  // namespace

std::string ConfigurationReference() {
  std::string text(kHead);
  text += Group("## Keys of the program", GlobalKeys());
  text += Group(
      "## Keys of a provider\n\nIn a table `[provider.NAME]`; NAME is letters, digits, `-` and "
      "`_`.",
      ProviderKeys());
  return text + Presets() + std::string(kLayouts);
}

}  // namespace octo::config
