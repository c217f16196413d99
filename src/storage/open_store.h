#pragma once

#include <memory>
#include <string>

#include "storage/object_store.h"
#include "storage/s3_options.h"

namespace octo::storage {

// The store at "s3://bucket/prefix", "file:///folder" (nothing in it is percent-decoded) or a plain
// path. `s3` says how to reach buckets; its bucket and prefix are those of the url. Asks nothing
// over the network. Throws kUsage of destination scope for other urls.
std::unique_ptr<ObjectStore> OpenStore(const std::string& url, S3Options s3 = {});

}  // namespace octo::storage
