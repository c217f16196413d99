#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "calendar.h"
#include "output.h"
#include "securities.h"

namespace octo::sample {

// One field of the data dictionary.
struct Field {
  std::string_view mnemonic;
  std::string_view category;
  std::string_view type;  // as the dictionary spells it: "Price", "Bulk Format", ...
  int width;
  std::string_view sectors;  // first letters of the yellow keys it exists for: "ECGIX" (X = Curncy)
};

// The fields that the replies use, in a fixed order.
std::span<const Field> Fields();

// The dictionary as the vendor leaves it in the account (fields.csv): mnemonic, category, one
// column for each of the ten yellow keys, type, width.
void WriteFieldsCsv(Output& output);

// What is known about a security on a day; made once for a row.
struct Quote {
  const Security& security;
  Date date;
  int64_t price = 0;  // 1/10,000
  int64_t volume = 0;
};

// The text of one field for one security: a value, a bulk value, or one of the ways to say that
// there is none
// ("N.A.", "N.S.", "N.D.", a blank; "FLD UNKNOWN" for a mnemonic that no dictionary has).
std::string FieldText(std::string_view mnemonic, const Quote& quote, Random& random);

// ".250000", "187.230000", "-.218000": as the vendor prints reals. `value` in 1/10,000.
std::string RealText(int64_t value);

}  // namespace octo::sample
