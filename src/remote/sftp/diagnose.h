#pragma once

#include <functional>
#include <string>

#include "remote/sftp/sftp_options.h"
#include "stream/context.h"

namespace octo::remote {

// One thing that was looked at.
struct CheckResult {
  std::string name;  // "name", "tcp 192.0.2.7", "host key", "login", "inbox", "server", "clock"
  bool ok = false;
  std::string detail;    // a sentence for a person
  std::string hint{};    // what to do, when not ok
  bool skipped = false;  // not looked at, because an earlier one failed
};

// Looks at a connection step by step, and tells each result as soon as it is known. After the first
// failure the rest is told as skipped, with the reason (a single unreachable address is no failure
// while another one works). Nothing is written on the server unless `may_write`: then the clocks
// are compared by a small file that is removed again. Throws kCancelled only.
void DiagnoseSftp(const SftpOptions& options, bool may_write,
                  const std::function<void(const CheckResult&)>& visit,
                  const stream::Context& context);

}  // namespace octo::remote
