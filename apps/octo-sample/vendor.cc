#include "vendor.h"

#include <fmt/core.h>

#include <algorithm>

#include "bad.h"
#include "bloomberg_reply.h"
#include "delivery.h"
#include "document.h"
#include "loan_tape.h"
#include "zip_file.h"

namespace octo::sample {
namespace {

// The last `count` weekdays up to `last`, oldest first.
std::vector<Date> Weekdays(Date last, int count) {
  std::vector<Date> days;
  for (Date day = last; static_cast<int>(days.size()) < count; day -= std::chrono::days(1)) {
    if (IsWeekday(day)) days.push_back(day);
  }
  std::reverse(days.begin(), days.end());
  return days;
}

Date WeekdayBefore(Date day) { return Weekdays(day - std::chrono::days(1), 1).front(); }

// Writes deliveries into the inbox, each some minutes after the one before.
class Inbox {
 public:
  Inbox(const GpgHome& home, const VendorOptions& options) : home_(home), options_(options) {
    std::filesystem::create_directories(options.out);
  }

  void Deliver(const std::string& name, Date date, const Wrapping& wrapping,
               const Content& content) {
    const std::filesystem::path path = options_.out / name;
    WriteDelivery(home_, path, wrapping, content);
    SetDeliveryTime(path, date, static_cast<int>(7 * delivered_++ % 55));
  }

  // One of each kind; what is half-written keeps the time of now.
  void DeliverBad(const std::string& stem, Date date, BadContent content) {
    uint64_t kinds = 0;
    for (const BadKind kind : AllBadKinds()) {
      if (kind == BadKind::kShortReply && content != BadContent::kReply) continue;
      const std::filesystem::path path =
          options_.out / fmt::format("{}_{}{}", stem, Name(kind), Extension(kind, content));
      // Another seed for each: none is taken for another one under a new name.
      const BadOptions bad{.seed = options_.seed + ++kinds,
                           .date = date,
                           .content = content,
                           .recipient = options_.recipients.front()};
      WriteBad(home_, kind, bad, path);
      if (kind != BadKind::kHalfWritten) SetDeliveryTime(path, date, 50);
      ++delivered_;
    }
  }

  Envelope For() const { return {.recipients = options_.recipients, .signer = "vendor"}; }
  size_t Delivered() const { return delivered_; }

 private:
  const GpgHome& home_;
  const VendorOptions& options_;
  size_t delivered_ = 0;
};

std::string Statements(const VendorOptions& options, Date date) {
  std::string pdf, xml;
  StringOutput pdf_output(pdf), xml_output(xml);
  WritePdf({.seed = options.seed, .date = date}, pdf_output);
  WriteXml({.seed = options.seed, .date = date}, xml_output);
  const std::string month = IsoDate(date).substr(0, 7);
  return Zip({{"statement_" + month + ".pdf", pdf}, {"statement_" + month + ".xml", xml}});
}

void DeliverAffirmDay(const VendorOptions& options, const LoanPool& pool, Date date, Inbox& inbox) {
  const std::string day = CompactDate(date);
  inbox.Deliver(fmt::format("affirm_loan_tape_{}.csv.gz.gpg", day), date,
                {.gzip = true, .envelope = inbox.For()},
                [&](Output& output) { WriteTape(pool, date, output); });

  // Whoever signs beside the file does not sign in it; checksums come on even days.
  Wrapping beside{.gzip = true, .envelope = inbox.For(), .detached_signer = "vendor-rsa"};
  beside.envelope->signer.reset();
  beside.sha256 = static_cast<unsigned>(std::chrono::year_month_day(date).day()) % 2 == 0;
  const Date from = WeekdayBefore(date) + std::chrono::days(1);
  inbox.Deliver(fmt::format("affirm_transactions_{}.csv.gz.gpg", day), date, beside,
                [&](Output& output) { WriteTransactions(pool, from, date, output); });

  Envelope several = inbox.For();
  if (std::find(several.recipients.begin(), several.recipients.end(), "receiver-cv25519") ==
      several.recipients.end()) {
    several.recipients.push_back("receiver-cv25519");
  }
  inbox.Deliver(fmt::format("affirm_remittance_{}.pdf.gpg", day), date, {.envelope = several},
                [&](Output& output) { WritePdf({.seed = options.seed, .date = date}, output); });

  Envelope armored = inbox.For();
  armored.armored = true;
  armored.compression = "zlib";
  inbox.Deliver(fmt::format("affirm_summary_{}.xml.asc", day), date, {.envelope = armored},
                [&](Output& output) {
                  WriteXml({.seed = options.seed, .bytes = 60'000, .date = date}, output);
                });
}

void DeliverBloombergDay(const VendorOptions& options, Date date, Inbox& inbox) {
  const std::string day = CompactDate(date);
  ReplyOptions reply{.seed = options.seed, .securities = options.securities, .date = date};
  const auto deliver = [&](const std::string& name, ReplyKind kind) {
    reply.kind = kind;
    inbox.Deliver(name, date, {.gzip = true, .envelope = inbox.For()},
                  [&](Output& output) { WriteReply(reply, output); });
  };
  deliver(fmt::format("dl_prices_{}.out.gz.gpg", day), ReplyKind::kGetData);
  deliver(fmt::format("dl_actions_{}.out.gz.gpg", day), ReplyKind::kGetActions);
  deliver(fmt::format("equity_namr_{}.dif.gz.gpg", day), ReplyKind::kBackOfficeChanges);
}

// What comes once: the dictionary, histories, the full file, and the standing reply in another
// dress.
void DeliverBloombergOnce(const VendorOptions& options, Date date, Inbox& inbox) {
  inbox.Deliver("fields.csv", date, {}, WriteFieldsCsv);
  ReplyOptions reply{.seed = options.seed, .securities = options.securities, .date = date};
  const auto deliver = [&](const std::string& name, const Wrapping& wrapping) {
    inbox.Deliver(name, date, wrapping, [&](Output& output) { WriteReply(reply, output); });
  };
  reply.kind = ReplyKind::kHistoryVertical;
  deliver("dl_history.out.gz.gpg", {.gzip = true, .envelope = inbox.For()});
  reply.kind = ReplyKind::kHistoryHorizontal;
  deliver("dl_history_wide.out.gz", {.gzip = true, .sha256 = true});
  reply.kind = ReplyKind::kBackOffice;
  deliver("equity_namr.out.gz.gpg", {.gzip = true, .envelope = inbox.For()});
  reply = {.kind = ReplyKind::kGetData,
           .seed = options.seed,
           .securities = options.securities,
           .date = date,
           .crlf = true,
           .column_header = true};
  deliver("dl_prices.out.gz.gpg", {.gzip = true, .envelope = inbox.For()});
}

}  // namespace

size_t FillAffirm(const GpgHome& home, const VendorOptions& options) {
  Inbox inbox(home, options);
  const LoanPool pool(options.seed, options.loans);
  const std::vector<Date> days = Weekdays(options.last_day, options.days);
  for (const Date date : days) DeliverAffirmDay(options, pool, date, inbox);
  const std::string statements = Statements(options, days.back());
  inbox.Deliver(fmt::format("affirm_statements_{}.zip.gpg", CompactDate(days.back()).substr(0, 6)),
                days.back(), {.envelope = inbox.For()},
                [&](Output& output) { output.Write(statements); });
  if (options.with_bad) {
    inbox.DeliverBad("affirm_bad_" + CompactDate(days.back()), days.back(), BadContent::kTape);
  }
  return inbox.Delivered();
}

size_t FillBloomberg(const GpgHome& home, const VendorOptions& options) {
  Inbox inbox(home, options);
  const std::vector<Date> days = Weekdays(options.last_day, options.days);
  for (const Date date : days) DeliverBloombergDay(options, date, inbox);
  DeliverBloombergOnce(options, days.back(), inbox);
  if (options.with_bad) {
    inbox.DeliverBad("dl_bad_" + CompactDate(days.back()), days.back(), BadContent::kReply);
  }
  return inbox.Delivered();
}

void FillSmall(const GpgHome& home, const SmallOptions& options) {
  // The plain files lie in a hidden folder of the inbox, so that what gpg wrote is moved, not
  // copied.
  const std::filesystem::path plain = options.out / ".plain";
  std::filesystem::create_directories(plain);
  std::vector<std::filesystem::path> files;
  for (size_t number = 1; number <= options.count; ++number) {
    files.push_back(plain / fmt::format("affirm_notice_{:06}.xml", number));
    const auto file = OpenFile(files.back());
    WriteXml({.seed = options.seed + number, .bytes = options.bytes, .date = options.date}, *file);
    file->Finish();
  }
  home.EncryptEach({.recipients = options.recipients}, files);
  for (const std::filesystem::path& file : files) {
    const std::filesystem::path wrapped = options.out / (file.filename().string() + ".gpg");
    std::filesystem::rename(file.string() + ".gpg", wrapped);
    SetDeliveryTime(wrapped, options.date, 0);
  }
  std::filesystem::remove_all(plain);
}

}  // namespace octo::sample
