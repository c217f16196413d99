#pragma once

#include <string>
#include <vector>

#include "config/finding.h"
#include "config/toml_document.h"

namespace octo::config {

// "provider.affirm.sftp"
std::string Joined(const std::vector<std::string>& path);

// What stands in the document and is no key: unknown names (with what was probably meant), tables
// where a value belongs and the reverse, names that no provider can have. Each wrong table is
// reported once, not with all that is in it.
std::vector<Finding> FindUnknownKeys(const TomlDocument& document, const std::string& file);

}  // namespace octo::config
