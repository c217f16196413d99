#pragma once

namespace octo::openpgp {

// RNP prints diagnostics to stderr, and has no way to turn that off. This points RNP's own
// reference to `stderr` to a stream of ours that drops the lines (into the debug log); nobody
// else's stderr, and no descriptor, is touched. Call before RNP is used; any number of times, from
// any thread. Where it can't be done RNP stays as loud as it is.
void KeepRnpQuiet();

}  // namespace octo::openpgp
