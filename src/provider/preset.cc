#include "provider/preset.h"

namespace octo::provider {

const std::vector<Preset>& Presets() {
  static const std::vector<Preset> presets = {
      {"affirm",
       "Affirm: encrypted loan tapes in the folder `inbox`.",
       {{"inbox", {"inbox"}}, {"openpgp.keys", {"gnupg:"}}}},
      {"bloomberg",
       "Bloomberg Data License: replies in the folder `inbox` where there is one, else in the "
       "account's root, beside "
       "the requests that were sent (`*.req`), which are left alone.",
       {{"sftp.host", {"sftp.bloomberg.com"}},
        {"sftp.port", {"22"}},
        {"inbox", {"inbox", ""}},
        {"exclude", {"*.req"}},
        {"openpgp.keys", {"gnupg:"}}}},
  };
  return presets;
}

const Preset* FindPreset(std::string_view name) {
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

}  // namespace octo::provider
