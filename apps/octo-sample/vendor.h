#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "calendar.h"
#include "gpg_home.h"

namespace octo::sample {

struct VendorOptions {
  std::filesystem::path out;  // the inbox; made when it is not there
  int days = 3;               // weekdays, the last one is `last_day` or the weekday before it
  Date last_day = {};
  uint64_t seed = 1;
  uint64_t loans = 10'000;    // originated in the pool's first two years (affirm)
  uint64_t securities = 500;  // of a reply (bloomberg)
  bool with_bad = false;      // one of each kind of bad delivery too
  std::vector<std::string> recipients = {"receiver-rsa"};
};

// Fills an inbox as the vendor would over some days: names, wrappings, companions and times as
// vendors have them. Return the number of deliveries (companions not counted).
size_t FillAffirm(const GpgHome& home, const VendorOptions& options);
size_t FillBloomberg(const GpgHome& home, const VendorOptions& options);

struct SmallOptions {
  std::filesystem::path out;
  size_t count = 2000;
  uint64_t bytes = 20'000;  // of each, before encryption
  Date date = {};
  uint64_t seed = 1;
  std::vector<std::string> recipients = {"receiver-rsa"};
};

// Many small encrypted files, affirm_notice_000001.xml.gpg and so on, quickly: one run of gpg
// encrypts hundreds. Not signed.
void FillSmall(const GpgHome& home, const SmallOptions& options);

}  // namespace octo::sample
