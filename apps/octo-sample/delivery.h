#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "calendar.h"
#include "gpg_home.h"
#include "output.h"

namespace octo::sample {

// Writes the plain content of a file to the output it gets; does not finish it.
using Content = std::function<void(Output&)>;

// What a vendor wraps around a content, innermost first, and lays beside it.
struct Wrapping {
  bool gzip = false;
  std::optional<Envelope> envelope = {};
  std::optional<std::string> detached_signer = {};  // NAME.sig, of the wrapped bytes
  bool sha256 = false;  // NAME.sha256, of the wrapped bytes: "<hex>  <name>"
};

// Makes one delivery at `path` (whose name already tells the wrapping) and its companions. Streams:
// the content is never kept.
void WriteDelivery(const GpgHome& home, const std::filesystem::path& path, const Wrapping& wrapping,
                   const Content& content);

// Lays NAME.sha256 beside the file.
void WriteChecksum(const std::filesystem::path& path);

// Gives the file (and its companions) the time a vendor would have written it: the morning after
// `date`, `minutes` past six UTC, but always some minutes ago.
void SetDeliveryTime(const std::filesystem::path& path, Date date, int minutes);

}  // namespace octo::sample
