#include "document.h"

#include <fmt/core.h>

#include <string>
#include <vector>

#include "random.h"

namespace octo::sample {
namespace {

// Numbers and writes the objects of a PDF and remembers where they begin, for the table at its end.
class PdfWriter {
 public:
  explicit PdfWriter(Output& output) : output_(output) { Write("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"); }

  // A number for an object that is written later.
  int Reserve() {
    offsets_.push_back(0);
    return static_cast<int>(offsets_.size());
  }
  void Object(int number, std::string_view body) {
    offsets_[static_cast<size_t>(number) - 1] = bytes_;
    Write(fmt::format("{} 0 obj\n{}\nendobj\n", number, body));
  }
  void End(int catalog) {
    const uint64_t table = bytes_;
    Write(fmt::format("xref\n0 {}\n0000000000 65535 f \n", offsets_.size() + 1));
    for (const uint64_t offset : offsets_) Write(fmt::format("{:010} 00000 n \n", offset));
    Write(fmt::format("trailer\n<< /Size {} /Root {} 0 R >>\nstartxref\n{}\n%%EOF\n",
                      offsets_.size() + 1, catalog, table));
  }
  uint64_t Bytes() const { return bytes_; }

 private:
  void Write(std::string_view text) {
    output_.Write(text);
    bytes_ += text.size();
  }

  Output& output_;
  std::vector<uint64_t> offsets_;
  uint64_t bytes_ = 0;
};

std::string StatementLine(Random& random) {
  return fmt::format("M{:06}   purchases {:4}   principal {:9}.{:02}   refunds {:7}.{:02}",
                     random.Between(0, 2047), random.Between(1, 900), random.Between(100, 999'999),
                     random.Between(0, 99), random.Between(0, 9'999), random.Between(0, 99));
}

std::string PageText(Random& random, Date date, size_t page) {
  std::string text =
      fmt::format("BT /F1 9 Tf 14 TL 50 790 Td (Remittance statement {}, page {}) Tj T* T*\n",
                  IsoDate(date), page);
  for (int line = 0; line < 50; ++line) text += fmt::format("({}) Tj T*\n", StatementLine(random));
  return text + "ET";
}

}  // namespace

void WritePdf(const DocumentOptions& options, Output& output) {
  Random random(options.seed, static_cast<uint64_t>(options.date.time_since_epoch().count()), 7);
  PdfWriter pdf(output);
  const int catalog = pdf.Reserve();
  const int pages = pdf.Reserve();
  const int font = pdf.Reserve();
  pdf.Object(catalog, fmt::format("<< /Type /Catalog /Pages {} 0 R >>", pages));
  pdf.Object(font, "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>");
  std::string kids;
  size_t count = 0;
  do {
    const std::string text = PageText(random, options.date, ++count);
    const int content = pdf.Reserve();
    const int page = pdf.Reserve();
    pdf.Object(content, fmt::format("<< /Length {} >>\nstream\n{}\nendstream", text.size(), text));
    pdf.Object(page,
               fmt::format("<< /Type /Page /Parent {} 0 R /MediaBox [0 0 595 842] /Contents {} 0 R "
                           "/Resources << /Font << /F1 {} 0 R >> >> >>",
                           pages, content, font));
    kids += fmt::format("{} 0 R ", page);
  } while (pdf.Bytes() < options.bytes);
  pdf.Object(pages, fmt::format("<< /Type /Pages /Count {} /Kids [{}] >>", count, kids));
  pdf.End(catalog);
}

void WriteXml(const DocumentOptions& options, Output& output) {
  Random random(options.seed, static_cast<uint64_t>(options.date.time_since_epoch().count()), 8);
  const std::string head = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<statement asOf=\"{}\" currency=\"USD\">\n",
      IsoDate(options.date));
  output.Write(head);
  uint64_t bytes = head.size();
  for (uint64_t number = 1; bytes < options.bytes || number == 1; ++number) {
    const std::string entry = fmt::format(
        "  <entry id=\"{}\"><merchant>M{:06} &amp; "
        "Co</merchant><type>{}</type><amount>{}.{:02}</amount></entry>\n",
        number, random.Between(0, 2047), random.Chance(800'000) ? "PAYMENT" : "REFUND",
        random.Between(1, 99'999), random.Between(0, 99));
    output.Write(entry);
    bytes += entry.size();
  }
  output.Write("</statement>\n");
}

}  // namespace octo::sample
