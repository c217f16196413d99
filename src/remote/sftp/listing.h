#pragma once

#include <functional>
#include <string>

#include "remote/remote_folder.h"
#include "remote/sftp/session.h"

namespace octo::remote::sftp {

// Visits what is in a folder, with several READDIR requests in flight (one for gentle sessions).
// Symbolic links are shown as what they lead to. Scope provider, stage "list".
void ListFolder(Session& session, const std::string& folder,
                const std::function<void(const RemoteEntry&)>& visit,
                const stream::Context& context);

// The first of SftpOptions::folders that exists, without a trailing slash; "" is where the login
// begins. Throws kPermanent of scope provider when there is none.
std::string FindInbox(Session& session, const stream::Context& context);

RemoteEntry EntryOf(std::string name, const Attributes& attributes);

}  // namespace octo::remote::sftp
