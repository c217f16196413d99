#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/json.hpp>
#include <map>

#include "commands.h"
#include "composition.h"
#include "text.h"

namespace octo::app {
namespace {

namespace json = boost::json;

struct UsedKey {
  openpgp::KeyInfo key;
  std::vector<std::string> providers;
};

std::string StateOf(const openpgp::KeyInfo& key) {
  if (key.revoked) return "revoked";
  if (!key.expires) return "does not expire";
  const bool expired = *key.expires <= SystemNow();
  return fmt::format("{} {}", expired ? "EXPIRED" : "expires", FormatDate(*key.expires));
}

std::string UsesOf(const openpgp::KeyInfo& key) {
  std::string uses;
  if (key.can_encrypt) uses += key.has_secret ? "decrypts" : "encrypts";
  if (key.can_sign)
    uses += std::string(uses.empty() ? "" : ", ") + (key.has_secret ? "signs" : "verifies");
  return uses.empty() ? "certifies" : uses;
}

void Print(const UsedKey& used) {
  const auto& key = used.key;
  fmt::print("{}{}  {:<12} {:<20} {}{}\n", key.is_subkey ? "  └ " : "", key.key_id, key.algorithm,
             UsesOf(key), StateOf(key),
             key.has_secret ? (key.unlocked ? "" : "  (locked: wrong or missing passphrase)")
                            : "  (public only)");
  if (!key.is_subkey) {
    for (const auto& id : key.user_ids) fmt::print("      {}\n", Printable(id));
    fmt::print("      used by {}\n", fmt::join(used.providers, ", "));
  }
}

json::object JsonOf(const UsedKey& used) {
  const auto& key = used.key;
  json::array ids;
  for (const auto& id : key.user_ids) ids.emplace_back(Printable(id));
  json::array providers;
  for (const auto& provider : used.providers) providers.emplace_back(provider);
  json::object object{{"key_id", key.key_id},
                      {"fingerprint", key.fingerprint},
                      {"algorithm", key.algorithm},
                      {"subkey", key.is_subkey},
                      {"user_ids", ids},
                      {"can_encrypt", key.can_encrypt},
                      {"can_sign", key.can_sign},
                      {"secret", key.has_secret},
                      {"unlocked", key.unlocked},
                      {"revoked", key.revoked},
                      {"providers", providers}};
  if (key.expires) object["expires"] = FormatTime(*key.expires);
  if (key.created) object["created"] = FormatTime(*key.created);
  return object;
}

}  // namespace

int KeysCommand(const Arguments& arguments) {
  const auto settings = LoadSettings(arguments);
  std::vector<UsedKey> all;
  for (const auto& [name, provider] : settings.providers) {
    if (!arguments.provider.empty() && name != arguments.provider) continue;
    for (auto& key : MakeDecryptor(provider)->Keys()) {
      const auto found = std::find_if(all.begin(), all.end(), [&](const UsedKey& used) {
        return used.key.fingerprint == key.fingerprint;
      });
      if (found == all.end()) {
        all.push_back({std::move(key), {name}});
      } else {
        found->providers.push_back(name);
      }
    }
  }
  if (all.empty()) fmt::print(stderr, "no keys: see openpgp.keys in the configuration\n");
  for (const auto& used : all) {
    if (arguments.json) {
      fmt::print("{}\n", json::serialize(JsonOf(used)));
    } else {
      Print(used);
    }
  }
  return 0;
}

}  // namespace octo::app
