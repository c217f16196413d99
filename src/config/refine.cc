#include "config/refine.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "base/error.h"
#include "config/file_reference.h"
#include "config/host_key.h"
#include "config/nearest.h"
#include "config/words.h"
#include "provider/destination.h"
#include "provider/glob.h"
#include "provider/name_pattern.h"
#include "provider/preset.h"

namespace octo::config {
namespace {

void Fail(Problems& problems, std::string message, std::string suggestion = {}) {
  problems.push_back({Severity::kError, std::move(message), std::move(suggestion)});
}

// Runs a check of another folder that throws what is wrong.
template <typename Check>
void Collect(Problems& problems, Check check) {
  try {
    check();
  } catch (const Error& error) {
    Fail(problems, error.message, error.hint);
  }
}

bool HasBlankOrControl(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7F; });
}

}  // namespace

std::string MaskedUrl(std::string_view url) {
  const size_t begin = url.find("://");
  if (begin == url.npos) return std::string(url);
  const std::string_view authority =
      url.substr(begin + 3, url.find_first_of("/?", begin + 3) - begin - 3);
  const size_t at = authority.rfind('@');
  const size_t colon = authority.find(':');
  std::string masked(url);
  if (at != authority.npos && colon < at)
    masked.replace(begin + 3 + colon + 1, at - colon - 1, "********");
  // libpq takes a password as a parameter too.
  for (size_t found = masked.find("password="); found != masked.npos;
       found = masked.find("password=", found + 9)) {
    const size_t end = std::min(masked.find('&', found), masked.size());
    masked.replace(found + 9, end - found - 9, "********");
  }
  return masked;
}

void RefinePreset(Reading& reading, const ReadContext&, Problems& problems) {
  if (reading.text.empty() || provider::FindPreset(reading.text) != nullptr) return;
  std::vector<std::string> names;
  for (const provider::Preset& preset : provider::Presets()) names.emplace_back(preset.name);
  const std::string nearest = Nearest(reading.text, names);
  Fail(problems, fmt::format("there is no preset \"{}\"", reading.text),
       nearest.empty()
           ? fmt::format("there are {}; leave it out for another vendor", fmt::join(names, ", "))
           : fmt::format("did you mean \"{}\"?", nearest));
}

void RefineLedgerUrl(Reading& reading, const ReadContext& context, Problems& problems) {
  std::string& url = reading.text;
  if (url.starts_with("sqlite:")) {
    const std::string path = url.substr(7);
    if (path.empty()) return Fail(problems, "names no file", "for example sqlite:octo.db");
    url = "sqlite:" + ResolvePath(path, context);
  } else if (!url.starts_with("postgresql://") && !url.starts_with("postgres://")) {
    Fail(problems, "is no place of a ledger",
         "write sqlite:PATH or postgresql://user@host/database");
  } else if (MaskedUrl(url) != url && context.from_file) {
    problems.push_back({Severity::kWarning,
                        "the database's password stands in the configuration file itself",
                        "leave it out of the url, and set PGPASSWORD or use a .pgpass file"});
  }
  reading.shown = Spell(MaskedUrl(url));
}

void RefineHttpUrl(Reading& reading, const ReadContext&, Problems& problems) {
  const std::string& url = reading.text;
  const bool http = url.starts_with("http://") || url.starts_with("https://");
  if (!url.empty() && (!http || HasBlankOrControl(url) || url.ends_with("//"))) {
    Fail(problems, fmt::format("\"{}\" is no http:// or https:// address", url),
         "for example http://127.0.0.1:7070");
  }
}

void RefineDestination(Reading& reading, const ReadContext& context, Problems& problems) {
  std::string& url = reading.text;
  if (url.empty()) return;
  if (url.starts_with("file:") && !url.starts_with("file://")) {
    url = "file://" + std::filesystem::absolute(ResolvePath(url.substr(5), context)).string();
  }
  Collect(problems, [&] { provider::ParseDestination(url); });
}

void RefineGlobs(Reading& reading, const ReadContext&, Problems& problems) {
  for (const std::string& pattern : reading.list) {
    const std::string problem = provider::GlobProblem(pattern);
    if (!problem.empty())
      Fail(problems, fmt::format("the pattern \"{}\" {}", pattern, problem),
           "for example \"*.csv.gz.gpg\"");
  }
}

void RefineFolders(Reading& reading, const ReadContext&, Problems& problems) {
  if (reading.list.empty()) Fail(problems, "names no folder", "\"\" is the account's root");
  for (std::string& folder : reading.list) {
    while (folder.size() > 1 && folder.ends_with('/')) folder.pop_back();
  }
}

void RefineAfter(Reading& reading, const ReadContext&, Problems& problems) {
  const std::string_view after = reading.text;
  if (after == "keep" || after == "delete") return;
  if (!after.starts_with("move:") || after.size() == 5) {
    Fail(problems, R"(must be "keep", "delete" or "move:FOLDER")", R"(for example "move:archive")");
  } else if (after[5] == '/' || after.find("/..") != after.npos || after.substr(5, 3) == "../") {
    Fail(problems, "the folder must lie below the inbox", R"(for example "move:archive")");
  }
}

void RefineMarker(Reading& reading, const ReadContext&, Problems& problems) {
  const std::string& marker = reading.text;
  if (marker.empty()) return;
  std::string rest = marker;
  if (const size_t at = rest.find("{name}"); at != rest.npos) rest.erase(at, 6);
  if (rest.find_first_of("{}") != rest.npos)
    Fail(problems, "the only variable of a marker is {name}, once", "for example \"{name}.done\"");
  if (rest.empty())
    Fail(problems, "a marker can't be the data file itself", "for example \"{name}.done\"");
  if (rest.find('/') != rest.npos)
    Fail(problems, "a marker lies beside its data file, so it holds no '/'");
}

void RefinePattern(Reading& reading, const ReadContext&, Problems& problems) {
  if (!reading.text.empty()) Collect(problems, [&] { provider::NamePattern{reading.text}; });
}

void RefinePrivateKey(Reading& reading, const ReadContext&, Problems& problems) {
  if (!reading.text.empty()) CheckMode(reading.text, true, problems);
}

void RefineHostKeys(Reading& reading, const ReadContext&, Problems& problems) {
  for (const std::string& line : reading.list) {
    const std::string problem = HostKeyProblem(line);
    if (!problem.empty())
      Fail(problems, fmt::format("\"{}\" {}", line, problem),
           "ssh-keyscan HOST prints such lines; leave the host's name out");
  }
}

void RefineHostName(Reading& reading, const ReadContext&, Problems& problems) {
  const std::string& host = reading.text;
  if (host.find("://") != host.npos)
    return Fail(problems, "must be a name or address, not a url", "leave out sftp://");
  if (HasBlankOrControl(host) || host.starts_with('-') || host.find_first_of("/@") != host.npos) {
    Fail(problems, fmt::format("\"{}\" is no host", host), "for example sftp.example.com");
  }
}

void RefineUserName(Reading& reading, const ReadContext&, Problems& problems) {
  if (HasBlankOrControl(reading.text) || reading.text.starts_with('-')) {
    Fail(problems, fmt::format("\"{}\" is no account's name", reading.text));
  }
}

void RefineJump(Reading& reading, const ReadContext&, Problems& problems) {
  if (HasBlankOrControl(reading.text) || reading.text.starts_with('-') ||
      reading.text.find('/') != std::string::npos) {
    Fail(problems, fmt::format("\"{}\" is no server", reading.text),
         "for example fund@gate.example.com:22");
  }
}

void RefineProxy(Reading& reading, const ReadContext&, Problems& problems) {
  const std::string& proxy = reading.text;
  if (proxy.empty()) return;
  const size_t colon = proxy.rfind(':');
  int port = 0;
  const char* end = proxy.data() + proxy.size();
  const bool parsed = colon != proxy.npos && colon != 0 &&
                      std::from_chars(proxy.data() + colon + 1, end, port).ptr == end;
  if (!parsed || port < 1 || port > 65535 || HasBlankOrControl(proxy) || proxy.starts_with('-')) {
    Fail(problems, fmt::format("\"{}\" is no address of a proxy", proxy),
         "for example 127.0.0.1:9090");
  }
}

void RefineAlgorithms(Reading& reading, const ReadContext&, Problems& problems) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '@' || c == '.' || c == ',';
  };
  if (!std::ranges::all_of(reading.text, is_plain) || reading.text.starts_with('-')) {
    Fail(problems, fmt::format("\"{}\" is no list of algorithms", reading.text),
         "names with commas between them, as `ssh -Q` prints them");
  }
}

void RefineFiles(Reading& reading, const ReadContext& context, Problems& problems) {
  for (std::string& path : reading.list) {
    path =
        ResolvePath(path.starts_with("file:") ? std::string_view(path).substr(5) : path, context);
    CheckFile(path, context, problems);
  }
}

void RefineSigners(Reading& reading, const ReadContext&, Problems& problems) {
  for (std::string& signer : reading.list) {
    std::string digits;
    for (const char c : signer) {
      if (c != ' ') digits += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    const bool hex = digits.find_first_not_of("0123456789ABCDEF") == digits.npos;
    if (!hex || (digits.size() != 40 && digits.size() != 64)) {
      Fail(problems, fmt::format("\"{}\" is no fingerprint of 40 or 64 hexadecimal digits", signer),
           "gpg --fingerprint prints it");
    }
    signer = digits;
  }
}

void RefineCron(Reading& reading, const ReadContext&, Problems& problems) {
  if (reading.text.empty()) return;
  const size_t fields = SplitWords(reading.text).size();
  if (fields != 5) {
    Fail(problems,
         fmt::format("must be five fields (minute hour day month weekday), but is {}", fields),
         "for example \"*/15 6-20 * * mon-fri\"");
  }
}

void RefineTimezone(Reading& reading, const ReadContext&, Problems& problems) {
  const std::filesystem::path zones = "/usr/share/zoneinfo";
  std::error_code error;
  if (!std::filesystem::is_directory(zones, error)) return;
  const bool clean = !reading.text.empty() && reading.text.find("..") == std::string::npos &&
                     !reading.text.starts_with('/');
  if (!clean || !std::filesystem::is_regular_file(zones / reading.text, error)) {
    Fail(problems, fmt::format("\"{}\" is no time zone", reading.text),
         "for example America/New_York");
  }
}

}  // namespace octo::config
