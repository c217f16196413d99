#pragma once

#include <cstdint>

#include "calendar.h"
#include "output.h"

namespace octo::sample {

struct DocumentOptions {
  uint64_t seed = 1;
  uint64_t bytes = 20'000;  // about
  Date date = {};
};

// A valid PDF 1.4 of text pages (Helvetica, not compressed, with a cross-reference table).
void WritePdf(const DocumentOptions& options, Output& output);
// A well-formed XML 1.0 document in UTF-8: an account statement.
void WriteXml(const DocumentOptions& options, Output& output);

}  // namespace octo::sample
