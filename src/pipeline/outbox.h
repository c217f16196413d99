#pragma once

#include <stop_token>

#include "pipeline/site.h"

namespace octo::pipeline {

// Does what is due in the provider's outbox: writes manifest objects, deletes or moves files on the
// vendor's side. Each item is done at least once and harmless when done again. A failure is logged,
// kept, and tried again later; it never fails the delivery, which has landed. Returns how many
// items failed.
int WorkThroughOutbox(const Site& site, const stream::Context& context);

}  // namespace octo::pipeline
