#include "config/connection_keys.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>

#include "config/refine.h"

namespace octo::config {
namespace {

using S = Settings&;
using P = ProviderSettings&;
using R = const Reading&;
using Texts = std::vector<std::string>;

std::optional<Value> AsReference(const std::string& variable, const std::string&) {
  return "env:" + variable;
}

// One key a line.
std::optional<Value> AsLines(const std::string&, const std::string& text) {
  Texts lines;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    if (end != begin) lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

std::optional<Value> AsDevelopmentProxy(const std::string&, const std::string& text) {
  if (text != "dev") return std::nullopt;
  return "127.0.0.1:9090";
}

OpenPgpSettings::Keys KeysAt(const std::string& place) {
  const size_t colon = place.find(':');
  const bool file = place.substr(0, colon) == "file";
  return {file ? OpenPgpSettings::Keys::Kind::kFile : OpenPgpSettings::Keys::Kind::kGnupgHome,
          place.substr(colon + 1)};
}

void StoreKeys(S, P p, R r) {
  p.openpgp.keys.clear();
  for (const std::string& place : r.list) {
    if (place.starts_with("file:") || place.starts_with("gnupg:"))
      p.openpgp.keys.push_back(KeysAt(place));
  }
}

std::vector<Key> SftpKeys() {
  return {
      {.path = "sftp.host",
       .type = Type::kText,
       .documentation = "The vendor's server. Required, unless files only come by `octo ingest`.",
       .example = R"("sftp.example.com")",
       .environment = {"SFTP_HOSTNAME_{P}"},
       .refine = RefineHostName,
       .store = [](S, P p, R r) { p.sftp.host = r.text; }},
      {.path = "sftp.port",
       .type = Type::kInteger,
       .documentation = "Its port.",
       .example = "2222",
       .default_value = 22,
       .environment = {"SFTP_PORT_{P}"},
       .smallest = 1,
       .largest = 65535,
       .store = [](S, P p, R r) { p.sftp.port = static_cast<int>(r.number); }},
      {.path = "sftp.user",
       .type = Type::kText,
       .documentation = "The account. Required with `sftp.host`.",
       .example = R"("fund")",
       .environment = {"SFTP_USERNAME_{P}"},
       .refine = RefineUserName,
       .store = [](S, P p, R r) { p.sftp.user = r.text; }},
      {.path = "sftp.private_key",
       .type = Type::kPath,
       .documentation = "The file of the private key that logs in.",
       .example = R"("file:keys/affirm")",
       .environment = {"PRIVATE_KEY_PATH_{P}"},
       .refine = RefinePrivateKey,
       .store = [](S, P p, R r) { p.sftp.private_key = r.text; }},
      {.path = "sftp.key_passphrase",
       .type = Type::kSecret,
       .documentation = "The passphrase of the private key.",
       .example = R"("env:AFFIRM_KEY_PASSPHRASE")",
       .store = [](S, P p, R r) { p.sftp.key_passphrase = r.secret; }},
      {.path = "sftp.password",
       .type = Type::kSecret,
       .documentation = "The account's password.",
       .example = R"("command:pass show octo/affirm")",
       .environment = {"SFTP_PASSWORD_{P}"},
       .from_environment = AsReference,
       .store = [](S, P p, R r) { p.sftp.password = r.secret; }},
      {.path = "sftp.use_agent",
       .type = Type::kBoolean,
       .documentation = "Whether the ssh agent's keys may log in.",
       .example = "true",
       .default_value = false,
       .store = [](S, P p, R r) { p.sftp.use_agent = r.flag; }},
      {.path = "sftp.host_keys",
       .type = Type::kTexts,
       .documentation = "The server's public keys, as `ssh-keyscan` prints them, without the host; "
                        "any of them is right. Without "
                        "them, `sftp.known_hosts` decides.",
       .example = R"(["ssh-ed25519 AAAA…"])",
       .default_value = Texts{},
       .environment = {"SFTP_HOST_KEY_{P}"},
       .from_environment = AsLines,
       .refine = RefineHostKeys,
       .store = [](S, P p, R r) { p.sftp.host_keys = r.list; }},
      {.path = "sftp.known_hosts",
       .type = Type::kTexts,
       .documentation = "Files of known hosts. Without them, the user's own and the system's. An "
                        "unknown key is always refused.",
       .example = R"(["known_hosts"])",
       .default_value = Texts{},
       .refine = RefineFiles,
       .store = [](S, P p, R r) { p.sftp.known_hosts = r.list; }},
      {.path = "sftp.proxy_jump",
       .type = Type::kText,
       .documentation = "An SSH server on the way, `USER@HOST:PORT`.",
       .example = R"("fund@gate.example.com:22")",
       .refine = RefineJump,
       .store = [](S, P p, R r) { p.sftp.proxy_jump = r.text; }},
      {.path = "sftp.socks_proxy",
       .type = Type::kText,
       .documentation =
           "A SOCKS5 proxy on the way, `HOST:PORT`. `SERVER_ENV=dev` means `127.0.0.1:9090`.",
       .example = R"("127.0.0.1:9090")",
       .environment = {"SERVER_ENV"},
       .from_environment = AsDevelopmentProxy,
       .refine = RefineProxy,
       .store = [](S, P p, R r) { p.sftp.socks_proxy = r.text; }},
      {.path = "sftp.algorithms.host_keys",
       .type = Type::kText,
       .documentation = "Types of host keys to accept besides those that ssh accepts by itself, "
                        "for old servers.",
       .example = R"("ssh-rsa")",
       .refine = RefineAlgorithms,
       .store = [](S, P p, R r) { p.sftp.algorithms.host_keys = r.text; }},
      {.path = "sftp.algorithms.kex",
       .type = Type::kText,
       .documentation = "Key exchanges to offer besides ssh's own.",
       .example = R"("diffie-hellman-group14-sha1")",
       .refine = RefineAlgorithms,
       .store = [](S, P p, R r) { p.sftp.algorithms.kex = r.text; }},
      {.path = "sftp.algorithms.ciphers",
       .type = Type::kText,
       .documentation = "Ciphers to offer besides ssh's own.",
       .example = R"("aes128-cbc")",
       .refine = RefineAlgorithms,
       .store = [](S, P p, R r) { p.sftp.algorithms.ciphers = r.text; }},
      {.path = "sftp.algorithms.macs",
       .type = Type::kText,
       .documentation = "Message authentication codes to offer besides ssh's own.",
       .example = R"("hmac-sha1")",
       .refine = RefineAlgorithms,
       .store = [](S, P p, R r) { p.sftp.algorithms.macs = r.text; }},
      {.path = "sftp.algorithms.public_keys",
       .type = Type::kText,
       .documentation = "Signatures by our private key to offer besides ssh's own.",
       .example = R"("ssh-rsa")",
       .refine = RefineAlgorithms,
       .store = [](S, P p, R r) { p.sftp.algorithms.public_keys = r.text; }},
      {.path = "sftp.max_sessions",
       .type = Type::kInteger,
       .documentation =
           "How many channels one connection may open at once; 0 finds out what the server allows.",
       .example = "2",
       .default_value = 0,
       .largest = 64,
       .store = [](S, P p, R r) { p.sftp.max_sessions = static_cast<int>(r.number); }},
      {.path = "sftp.pipeline",
       .type = Type::kChoice,
       .documentation = "How many requests are on the way at once: as many as help, or few, for "
                        "servers that break under more.",
       .example = R"("gentle")",
       .default_value = "auto",
       .choices = {"auto", "gentle"},
       .store = [](S, P p,
                   R r) { p.sftp.pipeline = static_cast<SftpSettings::Pipeline>(r.number); }},
      {.path = "sftp.bytes_per_second",
       .type = Type::kRate,
       .documentation = "The highest speed of all transfers from this vendor together.",
       .example = R"("10 MB/s")",
       .default_value = "unlimited",
       .store = [](S, P p, R r) { p.sftp.bytes_per_second = static_cast<uint64_t>(r.number); }},
      {.path = "sftp.connect_timeout",
       .type = Type::kDuration,
       .documentation = "How long to wait for the login.",
       .example = R"("60s")",
       .default_value = "30s",
       .smallest = 1,
       .largest = 600,
       .store = [](S, P p, R r) { p.sftp.connect_timeout = std::chrono::seconds(r.number); }},
  };
}

std::vector<Key> OpenPgpKeys() {
  return {
      {.path = "openpgp.keys",
       .type = Type::kKeys,
       .documentation = "Where keys come from: `file:PATH` of exported keys, `gnupg:HOME` for a "
                        "GnuPG home, `gnupg:` for "
                        "`$GNUPGHOME` or `~/.gnupg`. Without any, encrypted files are refused.",
       .example = R"(["file:keys/octo.asc"])",
       .default_value = Texts{},
       .store = StoreKeys},
      {.path = "openpgp.passphrase",
       .type = Type::kSecret,
       .documentation =
           "The passphrase of the secret keys, and of files that are encrypted with a passphrase.",
       .example = R"("env:GPG_PASSPHRASE_AFFIRM")",
       .environment = {"GPG_PASSPHRASE_{P}"},
       .from_environment = AsReference,
       .store = [](S, P p, R r) { p.openpgp.passphrase = r.secret; }},
      {.path = "openpgp.signature",
       .type = Type::kChoice,
       .documentation =
           "What is asked of signatures: nothing; that none is bad; that there is a good one.",
       .example = R"("required")",
       .default_value = "optional",
       .choices = {"ignore", "optional", "required"},
       .store =
           [](S, P p, R r) {
             p.openpgp.signature = static_cast<OpenPgpSettings::Signature>(r.number);
           }},
      {.path = "openpgp.signers",
       .type = Type::kTexts,
       .documentation = "Fingerprints of the keys whose signatures are good. Without them, all "
                        "keys that are held.",
       .example = R"(["0123 4567 89AB CDEF 0123  4567 89AB CDEF 0123 4567"])",
       .default_value = Texts{},
       .refine = RefineSigners,
       .store = [](S, P p, R r) { p.openpgp.signers = r.list; }},
      {.path = "openpgp.integrity",
       .type = Type::kChoice,
       .documentation = "Whether a message must carry OpenPGP's integrity protection; some old "
                        "software sends none.",
       .example = R"("allow-missing")",
       .default_value = "required",
       .choices = {"required", "allow-missing"},
       .store =
           [](S, P p, R r) {
             p.openpgp.integrity = static_cast<OpenPgpSettings::Integrity>(r.number);
           }},
  };
}

std::vector<Key> ScheduleKeys() {
  return {
      {.path = "schedule.cron",
       .type = Type::kText,
       .documentation =
           "When to fetch: minute, hour, day, month, weekday. Without it, only when asked.",
       .example = R"("*/15 6-20 * * mon-fri")",
       .refine = RefineCron,
       .store = [](S, P p, R r) { p.schedule.cron = r.text; }},
      {.path = "schedule.timezone",
       .type = Type::kText,
       .documentation = "The time zone of `schedule.cron`.",
       .example = R"("America/New_York")",
       .default_value = "UTC",
       .refine = RefineTimezone,
       .store = [](S, P p, R r) { p.schedule.timezone = r.text; }},
  };
}

}  // namespace

std::vector<Key> ConnectionKeys() {
  std::vector<Key> all = SftpKeys();
  for (const auto& part : {OpenPgpKeys(), ScheduleKeys()})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

}  // namespace octo::config
