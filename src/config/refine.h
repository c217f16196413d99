#pragma once

#include <string>
#include <string_view>

#include "config/key.h"

namespace octo::config {

// The closer looks of the key tables: each checks a reading of the right type, and may bring it
// into its final form.

void RefinePreset(Reading& reading, const ReadContext& context, Problems& problems);
void RefineLedgerUrl(Reading& reading, const ReadContext& context, Problems& problems);
void RefineHttpUrl(Reading& reading, const ReadContext& context, Problems& problems);
void RefineDestination(Reading& reading, const ReadContext& context, Problems& problems);
void RefineGlobs(Reading& reading, const ReadContext& context, Problems& problems);
void RefineFolders(Reading& reading, const ReadContext& context, Problems& problems);
void RefineAfter(Reading& reading, const ReadContext& context, Problems& problems);
void RefineMarker(Reading& reading, const ReadContext& context, Problems& problems);
void RefinePattern(Reading& reading, const ReadContext& context, Problems& problems);
void RefinePrivateKey(Reading& reading, const ReadContext& context, Problems& problems);
void RefineHostKeys(Reading& reading, const ReadContext& context, Problems& problems);
void RefineHostName(Reading& reading, const ReadContext& context, Problems& problems);
void RefineUserName(Reading& reading, const ReadContext& context, Problems& problems);
void RefineJump(Reading& reading, const ReadContext& context, Problems& problems);
void RefineProxy(Reading& reading, const ReadContext& context, Problems& problems);
void RefineAlgorithms(Reading& reading, const ReadContext& context, Problems& problems);
void RefineFiles(Reading& reading, const ReadContext& context, Problems& problems);
void RefineSigners(Reading& reading, const ReadContext& context, Problems& problems);
void RefineCron(Reading& reading, const ReadContext& context, Problems& problems);
void RefineTimezone(Reading& reading, const ReadContext& context, Problems& problems);

// A database's url with its password as "********".
std::string MaskedUrl(std::string_view url);

}  // namespace octo::config
