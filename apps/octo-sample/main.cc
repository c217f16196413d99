#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdio>
#include <map>
#include <memory>

#include "bad.h"
#include "base/error.h"
#include "bloomberg_reply.h"
#include "child.h"
#include "delivery.h"
#include "document.h"
#include "loan_tape.h"
#include "vendor.h"

namespace octo::sample {
namespace {

// What most commands share.
struct Common {
  std::string out = "-";
  std::string home;
  std::string as_of = "2026-04-30";
  uint64_t seed = 1;
  std::vector<std::string> recipients = {"receiver-rsa"};

  Date Day() const {
    if (const auto date = ParseDate(as_of)) return *date;
    throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "command", "'" + as_of + "' is no date",
                "write it as 2026-04-30");
  }
};

void AddOut(CLI::App* command, Common& common) {
  command->add_option("-o,--out", common.out, "the file to write; - is standard output")
      ->capture_default_str();
}
void AddFolder(CLI::App* command, Common& common) {
  command->add_option("-o,--out", common.out, "the folder to fill; made when it is not there")
      ->required();
}
void AddSeed(CLI::App* command, Common& common) {
  command->add_option("--seed", common.seed, "the same seed gives the same bytes")
      ->capture_default_str();
}
void AddDay(CLI::App* command, Common& common, const char* what) {
  command->add_option("--as-of", common.as_of, what)->capture_default_str();
}
void AddHome(CLI::App* command, Common& common, bool required) {
  auto* option = command->add_option("--home", common.home,
                                     "the GnuPG home with the keys (see: octo-sample keys)");
  if (required) option->required();
}
void AddRecipients(CLI::App* command, Common& common) {
  command->add_option("-r,--recipient", common.recipients, "who can read it; may be repeated")
      ->capture_default_str();
}

// The home of a folder of samples is OUT.keys when none is named; keys are made when they are not
// there.
std::unique_ptr<GpgHome> HomeWithKeys(const Common& common) {
  std::string folder = common.home;
  if (folder.empty()) {
    folder = common.out;
    while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
    folder += ".keys";
  }
  auto home = std::make_unique<GpgHome>(folder);
  if (!home->HasKeys()) home->MakeKeys("octo-sample", 3072);
  return home;
}

void WriteTo(const std::string& path, const Content& content) {
  const auto output = OpenFile(path);
  content(*output);
  output->Finish();
}

void AddTape(CLI::App& app) {
  struct Options : Common {
    uint64_t loans = 10'000;
    uint64_t bytes = 0;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("tape", "a loan tape (CSV) of any day and size");
  AddOut(command, *options);
  AddSeed(command, *options);
  AddDay(command, *options, "the day of the tape");
  command
      ->add_option("--loans", options->loans,
                   "loans originated in the pool's first two years (from 2024)")
      ->capture_default_str();
  command->add_option("--bytes", options->bytes, "about this size instead of --loans: 500M, 4G")
      ->transform(CLI::AsSizeValue(false));
  command->footer(
      "Examples:\n"
      "  octo-sample tape --as-of 2026-03-31 --out march.csv\n"
      "  octo-sample tape --bytes 4G | octo-sample encrypt --gzip --home keys --out "
      "big.csv.gz.gpg");
  command->callback([options] {
    const uint64_t loans = options->bytes > 0
                               ? LoansForBytes(options->seed, options->Day(), options->bytes)
                               : options->loans;
    WriteTo(options->out, [&](Output& output) {
      WriteTape(LoanPool(options->seed, loans), options->Day(), output);
    });
  });
}

void AddTransactions(CLI::App& app) {
  struct Options : Common {
    uint64_t loans = 10'000;
    std::string from;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "transactions", "the transactions of some days (CSV), which add up to the tapes");
  AddOut(command, *options);
  AddSeed(command, *options);
  AddDay(command, *options, "the last day");
  command->add_option("--from", options->from,
                      "the first day; the first of the month when not given");
  command->add_option("--loans", options->loans, "as for the tape")->capture_default_str();
  command->footer(
      "Example:\n  octo-sample transactions --from 2026-04-01 --as-of 2026-04-30 --out april.csv");
  command->callback([options] {
    Common from = *options;
    from.as_of = options->from.empty() ? IsoDate(FirstOfMonth(options->Day())) : options->from;
    WriteTo(options->out, [&](Output& output) {
      WriteTransactions(LoanPool(options->seed, options->loans), from.Day(), options->Day(),
                        output);
    });
  });
}

void AddBloomberg(CLI::App& app) {
  struct Options : Common {
    ReplyOptions reply;
  };
  static const std::map<std::string, ReplyKind> kKinds = {
      {"getdata", ReplyKind::kGetData},
      {"gethistory", ReplyKind::kHistoryVertical},
      {"gethistory-horizontal", ReplyKind::kHistoryHorizontal},
      {"getactions", ReplyKind::kGetActions},
      {"backoffice", ReplyKind::kBackOffice},
      {"backoffice-dif", ReplyKind::kBackOfficeChanges}};
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("bloomberg", "a reply of the Data License service");
  command
      ->add_option(
          "KIND", options->reply.kind,
          "getdata, gethistory, gethistory-horizontal, getactions, backoffice, backoffice-dif")
      ->required()
      ->transform(CLI::CheckedTransformer(kKinds));
  AddOut(command, *options);
  AddSeed(command, *options);
  AddDay(command, *options, "the day of the run");
  command->add_option("--securities", options->reply.securities, "how many")->capture_default_str();
  command->add_option("--days", options->reply.history_days, "calendar days of a history")
      ->capture_default_str();
  command->add_flag("--crlf", options->reply.crlf, "lines end with CR LF (FILETYPE=pc)");
  command->add_flag("--column-header", options->reply.column_header,
                    "the first row of a getdata reply names the columns");
  command->footer(
      "Examples:\n  octo-sample bloomberg getdata --securities 1000 --out dl_prices.out\n"
      "  octo-sample bloomberg backoffice-dif --out equity_namr.dif");
  command->callback([options] {
    options->reply.seed = options->seed;
    options->reply.date = options->Day();
    WriteTo(options->out, [&](Output& output) { WriteReply(options->reply, output); });
  });

  auto fields_options = std::make_shared<Common>();
  auto* fields = app.add_subcommand("fields", "the vendor's data dictionary, fields.csv");
  AddOut(fields, *fields_options);
  fields->footer("Example:\n  octo-sample fields --out fields.csv");
  fields->callback([fields_options] { WriteTo(fields_options->out, WriteFieldsCsv); });
}

void AddDocument(CLI::App& app) {
  struct Options : Common {
    bool pdf = true;
    DocumentOptions document;
  };
  static const std::map<std::string, bool> kKinds = {{"pdf", true}, {"xml", false}};
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("document", "a valid PDF or XML document");
  command->add_option("KIND", options->pdf, "pdf or xml")
      ->required()
      ->transform(CLI::CheckedTransformer(kKinds));
  AddOut(command, *options);
  AddSeed(command, *options);
  AddDay(command, *options, "the day it speaks of");
  command->add_option("--bytes", options->document.bytes, "about this size: 20k, 3M")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  command->footer("Example:\n  octo-sample document pdf --bytes 3M --out statement.pdf");
  command->callback([options] {
    options->document.seed = options->seed;
    options->document.date = options->Day();
    WriteTo(options->out, [&](Output& output) {
      options->pdf ? WritePdf(options->document, output) : WriteXml(options->document, output);
    });
  });
}

void AddKeys(CLI::App& app) {
  struct Options : Common {
    std::string passphrase = "octo-sample";
    int rsa_bits = 3072;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand(
      "keys", "make a GnuPG home with keys of a vendor, of receivers, and of a stranger");
  AddHome(command, *options, true);
  command->add_option("--passphrase", options->passphrase, "of the locked receivers")
      ->capture_default_str();
  command->add_option("--rsa-bits", options->rsa_bits, "of the RSA keys")->capture_default_str();
  std::string names = "Keys:";
  for (const std::string& name : KeyNames()) names += " " + name;
  command->footer(names +
                  "\nEach is exported as NAME.pub.asc and NAME.sec.asc into the home.\n"
                  "Example:\n  octo-sample keys --home keys");
  command->callback([options] {
    GpgHome home(options->home);
    if (home.HasKeys()) {
      throw Error(ErrorKind::kUsage, ErrorScope::kProcess, "keys",
                  options->home + " has its keys already", "remove the folder to make new ones");
    }
    home.MakeKeys(options->passphrase, options->rsa_bits);
  });
}

void AddEncrypt(CLI::App& app) {
  struct Options : Common {
    std::string in = "-";
    std::string signer;
    bool no_integrity = false;
    Wrapping wrapping;
    Envelope envelope;
    std::string detached;
  };
  auto options = std::make_shared<Options>();
  auto* command =
      app.add_subcommand("encrypt", "wrap a file as vendors do: gzip, OpenPGP, companions");
  command->add_option("-i,--in", options->in, "the file to wrap; - is standard input")
      ->capture_default_str();
  command->add_option("-o,--out", options->out, "the wrapped file")->required();
  AddHome(command, *options, true);
  AddRecipients(command, *options);
  command->add_option("--sign", options->signer, "who signs it, inside the encryption");
  command->add_option("--detached", options->detached, "who signs it beside it, in OUT.sig");
  command->add_flag("--gzip", options->wrapping.gzip, "compress it before");
  command->add_flag("--sha256", options->wrapping.sha256, "lay OUT.sha256 beside it");
  command->add_flag("--armor", options->envelope.armored, "as text");
  command->add_option("--compress", options->envelope.compression, "of OpenPGP")
      ->check(CLI::IsMember({"none", "zip", "zlib", "bzip2"}))
      ->capture_default_str();
  command->add_flag("--hidden", options->envelope.hidden_recipients, "leave the key ids out");
  command->add_flag("--no-integrity", options->no_integrity,
                    "without integrity packet, as old software does");
  command->footer(
      "Example:\n  octo-sample encrypt --home keys --sign vendor --gzip --in tape.csv --out "
      "tape.csv.gz.gpg");
  command->callback([options] {
    options->envelope.recipients = options->recipients;
    options->envelope.integrity_packet = !options->no_integrity;
    if (!options->signer.empty()) options->envelope.signer = options->signer;
    if (!options->detached.empty()) options->wrapping.detached_signer = options->detached;
    options->wrapping.envelope = options->envelope;
    WriteDelivery(GpgHome(options->home), options->out, options->wrapping,
                  [&](Output& output) { CopyFile(options->in, output); });
  });
}

void AddBad(CLI::App& app) {
  struct Options : Common {
    std::string kind;
    uint64_t bomb_bytes = BadOptions().bomb_bytes;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("bad", "a delivery that must be refused");
  std::vector<std::string> kinds;
  for (const BadKind kind : AllBadKinds()) kinds.emplace_back(Name(kind));
  command->add_option("KIND", options->kind, "what is wrong with it")
      ->required()
      ->check(CLI::IsMember(kinds));
  command->add_option("-o,--out", options->out, "the file to write (half-written: OUT.part too)")
      ->required();
  AddHome(command, *options, true);
  AddSeed(command, *options);
  AddDay(command, *options, "the day of its tape");
  AddRecipients(command, *options);
  command->add_option("--bomb-bytes", options->bomb_bytes, "what a bomb unpacks to")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  command->footer("Example:\n  octo-sample bad tampered --home keys --out tape.csv.gz.gpg");
  command->callback([options] {
    const auto kind = BadKindFromName(options->kind).value();
    BadOptions bad{.seed = options->seed, .date = options->Day()};
    bad.content = kind == BadKind::kShortReply ? BadContent::kReply : BadContent::kTape;
    bad.bomb_bytes = options->bomb_bytes;
    bad.recipient = options->recipients.front();
    WriteBad(GpgHome(options->home), kind, bad, options->out);
  });
}

void AddVendor(CLI::App& app) {
  struct Options : Common {
    std::string provider;
    VendorOptions vendor;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("vendor", "fill an inbox as a vendor does over some days");
  AddFolder(command, *options);
  command->add_option("--provider", options->provider, "affirm or bloomberg")
      ->required()
      ->check(CLI::IsMember({"affirm", "bloomberg"}));
  command->add_option("--days", options->vendor.days, "weekdays")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  AddDay(command, *options, "the last day");
  AddSeed(command, *options);
  command->add_option("--loans", options->vendor.loans, "of the pool (affirm)")
      ->capture_default_str();
  command->add_option("--securities", options->vendor.securities, "of a reply (bloomberg)")
      ->capture_default_str();
  command->add_flag("--with-bad", options->vendor.with_bad, "one of each kind of bad delivery too");
  AddHome(command, *options, false);
  AddRecipients(command, *options);
  command->footer(
      "The keys are made in OUT.keys when no home is named.\n"
      "Example:\n  octo-sample vendor --out vendor/inbox --provider affirm --days 5 --with-bad");
  command->callback([options] {
    options->vendor.out = options->out;
    options->vendor.last_day = options->Day();
    options->vendor.seed = options->seed;
    options->vendor.recipients = options->recipients;
    const auto home = HomeWithKeys(*options);
    const size_t count = options->provider == "affirm" ? FillAffirm(*home, options->vendor)
                                                       : FillBloomberg(*home, options->vendor);
    fmt::print("{} deliveries in {}\n", count, options->out);
  });
}

void AddSmall(CLI::App& app) {
  struct Options : Common {
    SmallOptions small;
  };
  auto options = std::make_shared<Options>();
  auto* command = app.add_subcommand("small", "many small encrypted files, quickly");
  AddFolder(command, *options);
  command->add_option("--count", options->small.count, "files")->capture_default_str();
  command->add_option("--bytes", options->small.bytes, "of each, about, before encryption")
      ->transform(CLI::AsSizeValue(false))
      ->capture_default_str();
  AddSeed(command, *options);
  AddDay(command, *options, "the day they are of");
  AddHome(command, *options, false);
  AddRecipients(command, *options);
  command->footer("Example:\n  octo-sample small --out vendor/inbox --count 2000 --bytes 20000");
  command->callback([options] {
    options->small.out = options->out;
    options->small.date = options->Day();
    options->small.seed = options->seed;
    options->small.recipients = options->recipients;
    FillSmall(*HomeWithKeys(*options), options->small);
    fmt::print("{} files in {}\n", options->small.count, options->out);
  });
}

}  // namespace
}  // namespace octo::sample

int main(int argc, char** argv) {
  using namespace octo;
  sample::IgnoreBrokenPipes();
  CLI::App app(
      "Makes sample deliveries as vendors send them: loan tapes, market data, documents, encrypted "
      "and signed, and bad ones.");
  app.require_subcommand(1);
  sample::AddTape(app);
  sample::AddTransactions(app);
  sample::AddBloomberg(app);
  sample::AddDocument(app);
  sample::AddKeys(app);
  sample::AddEncrypt(app);
  sample::AddBad(app);
  sample::AddVendor(app);
  sample::AddSmall(app);
  app.footer(
      "Example:\n  octo-sample vendor --out vendor/inbox --provider affirm --days 5 --with-bad");
  try {
    app.parse(argc, argv);
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (...) {
    const Error error = CurrentError("sample");
    fmt::print(stderr, "octo-sample: {}\n", Describe(error));
    return error.kind == ErrorKind::kUsage ? 2 : 1;
  }
}
