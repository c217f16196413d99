#include "vendor.h"

#include <gmock/gmock.h>

#include <set>

#include "bad.h"
#include "base/error.h"
#include "gunzip.h"
#include "loan_tape.h"
#include "sample_keys.h"
#include "unzip.h"

namespace octo::sample {
namespace {

using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

const Date kMonday = Date(std::chrono::year(2026) / 5 / 4);

const GpgHome& Home() { return SampleKeys::Shared().home(); }

std::set<std::string> NamesIn(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    names.insert(entry.path().filename().string());
  return names;
}

bool IsEncrypted(const std::string& name) {
  return name.ends_with(".gpg") || name.ends_with(".asc");
}

class Vendor : public ::testing::Test {
 protected:
  VendorOptions Options() const {
    return {
        .out = folder_ / "inbox", .days = 2, .last_day = kMonday, .loans = 500, .securities = 40};
  }

  ScratchFolder folder_;
};

TEST_F(Vendor, AffirmLeavesItsFilesOnWeekdays) {
  EXPECT_EQ(FillAffirm(Home(), Options()), 9u);
  const std::set<std::string> names = NamesIn(folder_ / "inbox");
  EXPECT_THAT(
      names,
      IsSupersetOf(
          {"affirm_loan_tape_20260501.csv.gz.gpg", "affirm_loan_tape_20260504.csv.gz.gpg",
           "affirm_transactions_20260504.csv.gz.gpg", "affirm_transactions_20260504.csv.gz.gpg.sig",
           "affirm_transactions_20260504.csv.gz.gpg.sha256", "affirm_remittance_20260501.pdf.gpg",
           "affirm_summary_20260501.xml.asc", "affirm_statements_202605.zip.gpg"}));
}

TEST_F(Vendor, EveryGoodFileOpens) {
  FillAffirm(Home(), Options());
  FillBloomberg(Home(), Options());
  for (const std::string& name : NamesIn(folder_ / "inbox")) {
    const std::filesystem::path path = folder_ / ("inbox/" + name);
    std::string content = IsEncrypted(name) ? Decrypted(Home(), path) : ReadFile(path);
    if (name.find(".gz") != std::string::npos && !name.ends_with(".sig") &&
        !name.ends_with(".sha256")) {
      const Unpacked unpacked = Gunzip(content);
      EXPECT_TRUE(unpacked.whole) << name;
      content = unpacked.text;
    }
    if (name.find(".zip") != std::string::npos) {
      EXPECT_EQ(Unzip(content).size(), 2u);
    }
    if (name.find(".pdf") != std::string::npos) {
      EXPECT_TRUE(content.starts_with("%PDF-"));
    }
    if (name.find(".xml") != std::string::npos) {
      EXPECT_TRUE(content.starts_with("<?xml "));
    }
    if (name.starts_with("dl_") && !name.ends_with(".sha256")) {
      EXPECT_THAT(content, HasSubstr("END-OF-FILE"));
    }
  }
}

TEST_F(Vendor, TheTapeInTheInboxIsTheTapeOfThatDay) {
  FillAffirm(Home(), Options());
  std::string tape;
  StringOutput output(tape);
  WriteTape(LoanPool(1, 500), kMonday, output);
  EXPECT_EQ(Gunzip(Decrypted(Home(), folder_ / "inbox/affirm_loan_tape_20260504.csv.gz.gpg")).text,
            tape);
}

TEST_F(Vendor, EveryFileIsOlderThanAMinute) {
  FillBloomberg(Home(), Options());
  for (const auto& entry : std::filesystem::directory_iterator(folder_ / "inbox")) {
    EXPECT_GT(std::filesystem::file_time_type::clock::now() - entry.last_write_time(),
              std::chrono::minutes(1))
        << entry.path();
  }
}

TEST_F(Vendor, BadDeliveriesComeWhenAsked) {
  VendorOptions options = Options();
  const size_t good = FillBloomberg(Home(), options);
  options.with_bad = true;
  EXPECT_EQ(FillBloomberg(Home(), options), good + AllBadKinds().size());
  const std::set<std::string> names = NamesIn(folder_ / "inbox");
  for (const BadKind kind : AllBadKinds()) {
    EXPECT_TRUE(names.contains("dl_bad_20260504_" + std::string(Name(kind)) +
                               std::string(Extension(kind, BadContent::kReply))))
        << Name(kind);
  }
}

TEST_F(Vendor, ManySmallFilesAreAllThereAndOpen) {
  FillSmall(Home(), {.out = folder_ / "small", .count = 600, .bytes = 500, .date = kMonday});
  const std::set<std::string> names = NamesIn(folder_ / "small");
  EXPECT_EQ(names.size(), 600u);
  for (const char* name : {"affirm_notice_000001.xml.gpg", "affirm_notice_000600.xml.gpg"}) {
    ASSERT_TRUE(names.contains(name));
    EXPECT_THAT(Decrypted(Home(), folder_ / (std::string("small/") + name)),
                HasSubstr("</statement>"));
  }
}

}  // namespace
}  // namespace octo::sample
