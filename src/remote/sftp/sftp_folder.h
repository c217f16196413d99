#pragma once

#include <memory>

#include "remote/remote_folder.h"
#include "remote/sftp/sftp_options.h"

namespace octo::remote {

// A folder on an SFTP server, reached by OpenSSH. Nothing is connected before the first use; all
// files share one login. The destructor closes the connection (open files fail with kCancelled).
// Bad options throw kUsage at the first use.
std::unique_ptr<RemoteFolder> MakeSftpFolder(SftpOptions options);

}  // namespace octo::remote
