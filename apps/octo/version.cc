#include <fmt/core.h>

#include "commands.h"

namespace octo::app {

int VersionCommand() {
  fmt::print("octo {}\n", OCTO_VERSION);
  return 0;
}

}  // namespace octo::app
