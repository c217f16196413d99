#pragma once

#include <filesystem>
#include <memory>

#include "remote/remote_folder.h"

namespace octo::remote {

// A folder of this machine as a vendor's: e-mailed files, backfills, tests. Times of modification
// keep their microseconds. Errors are as SFTP's: a missing folder is kPermanent of provider scope.
std::unique_ptr<RemoteFolder> MakeLocalFolder(std::filesystem::path folder);

}  // namespace octo::remote
