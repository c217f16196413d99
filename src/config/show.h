#pragma once

#include <string>

#include "config/load.h"

namespace octo::config {

// Every key with its effective value and where that comes from, a line each; secrets are masked:
//   provider.affirm.sftp.port = 22  # environment SFTP_PORT_AFFIRM
// Keys without a value are shown as comments.
std::string ShowConfiguration(const Loaded& loaded);

}  // namespace octo::config
