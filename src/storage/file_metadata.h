#pragma once

#include <string>

#include "storage/object_store.h"

namespace octo::storage {

// Metadata of a file as extended attributes ("user." and the name). Best effort: a file system that
// has none of them, or no room for them, simply keeps none.
void SetFileMetadata(int fd, const std::string& name, const std::string& value);
Metadata FileMetadata(int fd);

}  // namespace octo::storage
