#include "composition.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <utility>

#include "base/log.h"
#include "config/load.h"
#include "ledger/sqlite_ledger.h"
#include "openpgp/rnp_decryptor.h"
#include "pipeline/worker.h"
#include "remote/folder/local_folder.h"
#include "remote/sftp/sftp_folder.h"
#include "storage/open_store.h"

namespace octo::app {
namespace {

constexpr std::string_view kSqlitePrefix = "sqlite:";

}  // namespace

const config::ProviderSettings& ProviderNamed(const config::Settings& settings,
                                              const std::string& name) {
  const auto found = settings.providers.find(name);
  if (found != settings.providers.end()) return found->second;
  const std::string known = fmt::format("{}", fmt::join(settings.provider_names, ", "));
  throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "config",
              fmt::format("there is no provider '{}'", name),
              known.empty() ? "configure one in octo.toml, or set its environment variables (see "
                              "docs/configuration.md)"
                            : "configured are: " + known);
}

std::unique_ptr<ledger::Ledger> MakeLedger(const config::Settings& settings) {
  if (settings.ledger_url.starts_with(kSqlitePrefix)) {
    return ledger::OpenSqliteLedger(settings.ledger_url.substr(kSqlitePrefix.size()));
  }
  throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "config",
              "this version keeps its ledger in SQLite only",
              "set ledger.url = \"sqlite:/path/octo.db\"");
}

std::unique_ptr<openpgp::Decryptor> MakeDecryptor(const config::ProviderSettings& provider) {
  using Kind = config::OpenPgpSettings::Keys::Kind;
  std::vector<openpgp::KeySource> sources;
  for (const auto& keys : provider.openpgp.keys) {
    sources.push_back({.kind = keys.kind == Kind::kFile ? openpgp::KeySource::Kind::kFile
                                                        : openpgp::KeySource::Kind::kGnupgHome,
                       .location = keys.location,
                       .passphrase = provider.openpgp.passphrase});
  }
  std::vector<Secret> passphrases;
  if (!provider.openpgp.passphrase.empty()) passphrases.push_back(provider.openpgp.passphrase);
  try {
    return openpgp::MakeRnpDecryptor(sources, passphrases);
  } catch (const Error& error) {
    // A preset assumes the user's GnuPG home; without one, encrypted files are refused when they
    // come.
    if (!provider.openpgp.keys_assumed || error.kind != ErrorKind::kUsage) throw;
    log::Info("no OpenPGP keys: {}", error.message);
    return openpgp::MakeRnpDecryptor({}, passphrases);
  }
}

openpgp::Policy PolicyOf(const config::ProviderSettings& provider) {
  using Signature = config::OpenPgpSettings::Signature;
  using Integrity = config::OpenPgpSettings::Integrity;
  openpgp::Policy policy{.signers = provider.openpgp.signers};
  switch (provider.openpgp.signature) {
    case Signature::kIgnore:
      policy.signature = openpgp::SignaturePolicy::kIgnore;
      break;
    case Signature::kOptional:
      policy.signature = openpgp::SignaturePolicy::kOptional;
      break;
    case Signature::kRequired:
      policy.signature = openpgp::SignaturePolicy::kRequired;
      break;
  }
  policy.integrity = provider.openpgp.integrity == Integrity::kRequired
                         ? openpgp::IntegrityPolicy::kRequired
                         : openpgp::IntegrityPolicy::kAllowMissing;
  return policy;
}

std::unique_ptr<storage::ObjectStore> MakeStore(const config::Settings& settings,
                                                const config::ProviderSettings& provider) {
  const auto& s3 = settings.s3;
  storage::S3Options options;
  options.endpoint = s3.endpoint;
  options.region = s3.region;
  if (s3.path_style) options.path_style = true;
  options.sse = s3.sse;
  options.kms_key_id = s3.kms_key_id;
  options.storage_class = s3.storage_class;
  options.ca_bundle = s3.ca_bundle;
  options.profile = s3.profile;
  return storage::OpenStore(provider.provider.destination, options);
}

remote::SftpOptions SftpOptionsOf(const config::ProviderSettings& provider, std::string profile) {
  const auto& sftp = provider.sftp;
  remote::SftpOptions options{.host = sftp.host,
                              .port = static_cast<uint16_t>(sftp.port),
                              .user = sftp.user,
                              .private_key = sftp.private_key,
                              .key_passphrase = sftp.key_passphrase,
                              .password = sftp.password,
                              .use_agent = sftp.use_agent,
                              .host_keys = sftp.host_keys,
                              .known_hosts = sftp.known_hosts,
                              .proxy_jump = sftp.proxy_jump,
                              .socks_proxy = sftp.socks_proxy,
                              .algorithms = {.host_keys = sftp.algorithms.host_keys,
                                             .kex = sftp.algorithms.kex,
                                             .ciphers = sftp.algorithms.ciphers,
                                             .macs = sftp.algorithms.macs,
                                             .public_keys = sftp.algorithms.public_keys},
                              .max_sessions = static_cast<size_t>(sftp.max_sessions),
                              .bytes_per_second = sftp.bytes_per_second,
                              .connect_timeout = sftp.connect_timeout,
                              .folders = provider.provider.inbox,
                              .profile = std::move(profile)};
  if (sftp.pipeline == config::SftpSettings::Pipeline::kGentle)
    options.pipeline = remote::Pipeline::kGentle;
  return options;
}

Composition::Composition(const config::Settings& settings, const std::string& provider,
                         const std::string& local_folder)
    : settings_(ProviderNamed(settings, provider)),
      provider_(settings_.provider),
      budget_(settings.memory_budget_bytes) {
  if (local_folder.empty() && settings_.sftp.host.empty()) {
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "config",
                fmt::format("provider '{}' has no SFTP host", provider),
                "set sftp.host, or use `octo ingest` with it");
  }
  ledger_ = MakeLedger(settings);
  decryptor_ = MakeDecryptor(settings_);
  store_ = MakeStore(settings, settings_);
  if (local_folder.empty()) {
    remote_ = remote::MakeSftpFolder(SftpOptionsOf(settings_, ledger_->Profile(provider)));
  } else {
    remote_ = remote::MakeLocalFolder(local_folder);
    provider_.after = provider::After::kKeep;  // the user's own files are never deleted or moved
  }
  if (settings_.sftp.pipeline == config::SftpSettings::Pipeline::kGentle)
    provider_.parallel_files = 1;
  site_ = std::make_unique<pipeline::Site>(pipeline::Site{.provider = provider_,
                                                          .remote = *remote_,
                                                          .store = *store_,
                                                          .ledger = *ledger_,
                                                          .decryptor = *decryptor_,
                                                          .openpgp_policy = PolicyOf(settings_),
                                                          .limits = {},
                                                          .budget = budget_,
                                                          .worker = pipeline::ThisWorker(),
                                                          .lease = settings.worker_lease,
                                                          .silence = settings_.silence});
}

}  // namespace octo::app
