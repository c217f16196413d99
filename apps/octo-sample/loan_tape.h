#pragma once

#include <cstdint>

#include "loan.h"
#include "output.h"

namespace octo::sample {

// The tape of a day as CSV (RFC 4180, LF): a header and one row for each loan the investor has
// bought and that has not left yet. Flows (payments, refunds, losses) are those of the month of
// `as_of` so far. A loan that ends stays on the tape to the end of the following month, a
// charged-off one for six months. Returns the number of rows.
uint64_t WriteTape(const LoanPool& pool, Date as_of, Output& output);

// The transactions posted from `from` through `to`, by loan and then by date: what the tapes of
// that time are the sums of. Returns the number of rows.
uint64_t WriteTransactions(const LoanPool& pool, Date from, Date to, Output& output);

// How many loans a pool needs for its tape of `as_of` to have about `bytes` bytes (within a percent
// or so).
uint64_t LoansForBytes(uint64_t seed, Date as_of, uint64_t bytes);

}  // namespace octo::sample
