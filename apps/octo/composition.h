#pragma once

#include <memory>
#include <string>

#include "arguments.h"
#include "config/settings.h"
#include "ledger/ledger.h"
#include "openpgp/decryptor.h"
#include "pipeline/site.h"
#include "remote/remote_folder.h"
#include "remote/sftp/sftp_options.h"
#include "storage/object_store.h"

namespace octo::app {

// Reads the configuration that the arguments name, sets up logging, prints warnings, and throws
// kUsage (exit code 3) with all mistakes when there are any.
// `provider_must_exist`: false where only the ledger is looked at, which may know more of them.
config::Settings LoadSettings(const Arguments& arguments, bool provider_must_exist = true);

std::unique_ptr<ledger::Ledger> MakeLedger(const config::Settings& settings);
std::unique_ptr<openpgp::Decryptor> MakeDecryptor(const config::ProviderSettings& provider);
std::unique_ptr<storage::ObjectStore> MakeStore(const config::Settings& settings,
                                                const config::ProviderSettings& provider);
remote::SftpOptions SftpOptionsOf(const config::ProviderSettings& provider, std::string profile);
openpgp::Policy PolicyOf(const config::ProviderSettings& provider);

// Everything for one provider, with the concrete classes behind. Keep it as long as its Site is
// used.
class Composition {
 public:
  // `local_folder`: read from this folder of the machine instead of the vendor's server (for
  // ingest); empty: SFTP.
  Composition(const config::Settings& settings, const std::string& provider,
              const std::string& local_folder = {});

  const pipeline::Site& site() const { return *site_; }

 private:
  const config::ProviderSettings& settings_;
  provider::Provider provider_;
  stream::MemoryBudget budget_;
  std::unique_ptr<ledger::Ledger> ledger_;
  std::unique_ptr<openpgp::Decryptor> decryptor_;
  std::unique_ptr<storage::ObjectStore> store_;
  std::unique_ptr<remote::RemoteFolder> remote_;
  std::unique_ptr<pipeline::Site> site_;
};

}  // namespace octo::app
