#pragma once

#include <string>

#include "remote/sftp/session.h"
#include "stream/source.h"

namespace octo::remote::sftp {

// Writes all of `content` into a new file of the server, with several writes in flight, and makes
// it durable where the server can. `name` is for messages. The file may be there in part when this
// throws.
void Upload(Session& session, const std::string& path, const std::string& name,
            stream::Source& content, const stream::Context& context);

}  // namespace octo::remote::sftp
