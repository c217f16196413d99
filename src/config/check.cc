#include "config/check.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "base/error.h"
#include "config/environment.h"
#include "config/nearest.h"
#include "provider/layout.h"
#include "provider/name_pattern.h"
#include "provider/object_key.h"

namespace octo::config {
namespace {

class ProviderCheck {
 public:
  ProviderCheck(const ProviderSettings& settings, const Provenance& provenance,
                std::vector<Finding>& findings)
      : settings_(settings),
        provider_(settings.provider),
        provenance_(provenance),
        findings_(findings) {}

  void Run() {
    CheckDestination();
    CheckSftp();
    CheckSignatures();
    CheckLayout("layout", provider_.layout, true);
    CheckLayout("keep_raw", provider_.keep_raw, false);
    if (provider_.keep_raw == provider_.layout) {
      Error("keep_raw", "is the same as layout, so a copy would stand where the file goes",
            "raw/{provider}/{date}/{name}");
    }
  }

 private:
  void Error(const std::string& key, std::string message, std::string suggestion) {
    findings_.push_back(
        provenance_.At(Severity::kError, Path(key), std::move(message), std::move(suggestion)));
  }
  void Warning(const std::string& key, std::string message, std::string suggestion) {
    findings_.push_back(
        provenance_.At(Severity::kWarning, Path(key), std::move(message), std::move(suggestion)));
  }
  std::string Path(const std::string& key) const {
    return "provider." + provider_.name + "." + key;
  }
  bool Has(const std::string& key) const { return provenance_.HasValue(Path(key)); }
  std::string Variable(const std::string& name) const {
    return name + "_" + EnvironmentSuffix(provider_.name);
  }

  void CheckDestination() {
    if (Has("destination")) return;
    Error("destination", "is missing",
          fmt::format("destination = \"s3://BUCKET\", or set {}", Variable("S3_BUCKET")));
  }

  void CheckSftp() {
    if (settings_.preset.empty() && !provenance_.AnySet(Path("sftp."))) {
      return Warning("sftp.host", "there is no server, so the provider is for `octo ingest` only",
                     "sftp = { host = \"…\", user = \"…\" }");
    }
    const SftpSettings& sftp = settings_.sftp;
    if (!Has("sftp.host"))
      Error("sftp.host", "is missing",
            fmt::format("sftp.host = \"sftp.example.com\", or set {}", Variable("SFTP_HOSTNAME")));
    if (!Has("sftp.user"))
      Error("sftp.user", "is missing",
            fmt::format("sftp.user = \"…\", or set {}", Variable("SFTP_USERNAME")));
    if (!Has("sftp.private_key") && !Has("sftp.password") && !sftp.use_agent) {
      Error("sftp.private_key", "is missing, and so is every other way to log in",
            fmt::format("set sftp.private_key ({}), sftp.password ({}) or sftp.use_agent",
                        Variable("PRIVATE_KEY_PATH"), Variable("SFTP_PASSWORD")));
    }
    if (!sftp.proxy_jump.empty() && !sftp.socks_proxy.empty()) {
      Error("sftp.proxy_jump", "can't be used together with sftp.socks_proxy",
            "leave one out; socks_proxy = \"\" overrides SERVER_ENV");
    }
  }

  void CheckSignatures() {
    const bool needs_keys = settings_.openpgp.signature == OpenPgpSettings::Signature::kRequired ||
                            provider_.require_detached_signature;
    if (needs_keys && !Has("openpgp.keys")) {
      Error("openpgp.keys", "is missing: signatures are required, and no key can check them",
            "openpgp.keys = [\"file:keys/vendor.asc\"]");
    }
  }

  // The variables that the layouts may use; empty when the pattern itself is wrong, which was
  // reported.
  std::vector<std::string> Variables() const {
    std::vector<std::string> names = provider::LayoutVariables();
    if (provider_.name_pattern.empty()) return names;
    try {
      const provider::NamePattern pattern(provider_.name_pattern);
      names.insert(names.end(), pattern.Groups().begin(), pattern.Groups().end());
    } catch (const octo::Error&) {
      return {};
    }
    return names;
  }

  void CheckLayout(const std::string& key, const std::string& layout, bool required) {
    if (layout.empty() && !required) return;
    const std::vector<std::string> known = Variables();
    if (known.empty()) return;
    try {
      const std::vector<std::string> used = provider::VariablesIn(layout);
      for (const std::string& name : used) {
        if (std::ranges::find(known, name) == known.end()) ReportVariable(key, name, known);
      }
      CheckKey(key, layout, used);
    } catch (const octo::Error& error) {
      Error(key, error.message, error.hint);
    }
  }

  void ReportVariable(const std::string& key, const std::string& name,
                      const std::vector<std::string>& known) {
    const std::string nearest = Nearest(name, known);
    Error(key, fmt::format("{{{}}} is no variable", name),
          nearest.empty() ? fmt::format("known are {}", fmt::join(known, ", "))
                          : fmt::format("did you mean {{{}}}?", nearest));
  }

  void CheckKey(const std::string& key, const std::string& layout,
                const std::vector<std::string>& used) {
    std::string example = layout;
    for (const std::string& name : used)
      example.replace(example.find("{" + name + "}"), name.size() + 2, "x");
    if (const std::string problem = provider::KeyProblem(example); !problem.empty()) {
      return Error(key, fmt::format("\"{}\" {}", layout, problem),
                   "for example data/{type}/{provider}/{name}");
    }
    constexpr std::array<std::string_view, 4> kShared = {"type", "provider", "version", "year"};
    constexpr std::array<std::string_view, 3> kDates = {"month", "day", "date"};
    const bool apart = std::ranges::any_of(used, [&](const std::string& name) {
      return std::ranges::find(kShared, name) == kShared.end() &&
             std::ranges::find(kDates, name) == kDates.end();
    });
    if (!apart)
      Error(key, fmt::format("\"{}\" gives many files the same key", layout), "use {name} in it");
  }

  const ProviderSettings& settings_;
  const provider::Provider& provider_;
  const Provenance& provenance_;
  std::vector<Finding>& findings_;
};

// The layout below the destination with the provider's name in its place: equal texts mean one
// folder for both.
std::string FolderOf(const provider::Provider& provider) {
  constexpr std::string_view kVariable = "{provider}";
  std::string layout = provider.layout;
  for (size_t at = layout.find(kVariable); at != layout.npos; at = layout.find(kVariable)) {
    layout.replace(at, kVariable.size(), provider.name);
  }
  return provider.destination + "/" + layout;
}

bool SameInbox(const ProviderSettings& a, const ProviderSettings& b) {
  return !a.sftp.host.empty() && a.sftp.host == b.sftp.host && a.sftp.port == b.sftp.port &&
         a.sftp.user == b.sftp.user && a.provider.inbox == b.provider.inbox &&
         a.provider.include == b.provider.include;
}

void CheckPair(const ProviderSettings& first, const ProviderSettings& second,
               const Provenance& provenance, std::vector<Finding>& findings) {
  const std::string path = "provider." + second.provider.name;
  const std::string& other = first.provider.name;
  if (!first.provider.destination.empty() &&
      FolderOf(first.provider) == FolderOf(second.provider)) {
    findings.push_back(
        provenance.At(Severity::kError, path + ".layout",
                      fmt::format("puts files into the same folder as provider {}", other),
                      "use {provider} in the layout"));
  }
  if (SameInbox(first, second)) {
    findings.push_back(provenance.At(Severity::kWarning, path + ".inbox",
                                     fmt::format("is the same as that of provider {}", other),
                                     "every file is fetched twice"));
  }
  if (EnvironmentSuffix(other) == EnvironmentSuffix(second.provider.name)) {
    findings.push_back(
        provenance.At(Severity::kWarning, path,
                      fmt::format("shares its environment variables (…_{}) with provider {}",
                                  EnvironmentSuffix(other), other),
                      "choose names that differ in letters or digits"));
  }
}

}  // namespace

void CheckSettings(const Settings& settings, const Provenance& provenance,
                   std::vector<Finding>& findings) {
  if (!settings.s3.kms_key_id.empty() && settings.s3.sse != "aws:kms") {
    findings.push_back(provenance.At(Severity::kError, "s3.kms_key_id",
                                     "has no effect without sse = \"aws:kms\"",
                                     "s3.sse = \"aws:kms\""));
  }
  for (auto it = settings.providers.begin(); it != settings.providers.end(); ++it) {
    ProviderCheck(it->second, provenance, findings).Run();
    for (auto earlier = settings.providers.begin(); earlier != it; ++earlier) {
      CheckPair(earlier->second, it->second, provenance, findings);
    }
  }
}

}  // namespace octo::config
