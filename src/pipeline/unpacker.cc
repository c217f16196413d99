#include "pipeline/unpacker.h"

#include <fmt/core.h>

#include <chrono>
#include <utility>

#include "provider/naming.h"
#include "stream/borrowed_source.h"
#include "stream/memory_source.h"
#include "stream/read_ahead.h"

namespace octo::pipeline {
namespace {

constexpr size_t kPumpBytes = size_t{256} << 10;
// The first entry of a container is held up to this size until it is known whether others follow:
// its key depends on it.
constexpr size_t kHeldBytes = size_t{1} << 20;
constexpr uint64_t kStraightBytes = uint64_t{1} << 20;
constexpr size_t kAheadBytes = size_t{2} << 20;

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

std::string_view ContentType(std::string_view final_name) {
  const auto type = provider::TypeOf(final_name);
  if (type == "csv") return "text/csv";
  if (type == "pdf") return "application/pdf";
  if (type == "xml") return "application/xml";
  return "application/octet-stream";
}

}  // namespace

std::string KeyOfEntry(const Site& site, const ledger::Delivery& delivery, const std::string& entry,
                       bool several) {
  const bool versioned = site.provider.on_new_version == provider::OnNewVersion::kAddVersion;
  for (int number = versioned ? delivery.version : 1;; ++number) {
    const std::string name = provider::FinalName(delivery.path, entry, several, number);
    std::string key = provider::ExpandLayout(site.provider, site.provider.layout,
                                             {.provider = site.provider.name,
                                              .remote_name = delivery.path,
                                              .final_name = name,
                                              .delivery = delivery.id,
                                              .attempt = "",
                                              .version = number,
                                              .modified = delivery.modified});
    const auto owner =
        number > 1 ? site.ledger.OwnerOfUrl(site.store.Url() + "/" + key) : std::nullopt;
    if (!owner || *owner == delivery.id) return key;
  }
}

Unpacker::Unpacker(const Site& site, const ledger::Delivery& delivery, Landing& landing,
                   std::stop_source stop_transfer, const stream::Context& context)
    : site_(site),
      delivery_(delivery),
      landing_(landing),
      stop_transfer_(std::move(stop_transfer)),
      context_(context),
      buffer_(kPumpBytes) {}

void Unpacker::Run(codec::Archive& archive, const codec::ArchiveReport& report,
                   std::optional<bool> several) {
  auto entry = Next(archive);
  if (!entry) {
    throw Error(ErrorKind::kPermanent, ErrorScope::kDelivery, "unpack",
                fmt::format("{} is an archive without files", delivery_.path),
                "ask the vendor what was meant");
  }
  if (!archive.IsContainer()) several = false;
  if (!several) several = FindOut(archive, report, entry);
  for (; entry; entry = Next(archive)) {
    if (!*several && count_ > 0) throw WrongGuess{.several = true};
    Store(entry->name, {}, entry->content, *several);
  }
  if (guessed_ && *several && count_ == 1) throw WrongGuess{.several = false};
}

std::optional<codec::Entry> Unpacker::Next(codec::Archive& archive) {
  const auto start = Clock::now();
  auto entry = archive.Next();
  read_seconds_ += SecondsSince(start);
  return entry;
}

// Whether a container holds several files: by its first one and what follows it if that is small, a
// guess by its kind if it is large. Stores the first one and moves `entry` on to the next.
bool Unpacker::FindOut(codec::Archive& archive, const codec::ArchiveReport& report,
                       std::optional<codec::Entry>& entry) {
  const std::string name = entry->name;
  std::string held = ReadAtMost(*entry->content, kHeldBytes);
  if (held.size() < kHeldBytes) {
    entry = Next(archive);
    Store(name, std::move(held), nullptr, entry.has_value());
    return entry.has_value();
  }
  guessed_ = true;
  const bool several =
      !report.layers.empty() && report.layers.back() == "tar";  // a zip is mostly one large file
  Store(name, std::move(held), entry->content, several);
  entry = Next(archive);
  return several;
}

std::string Unpacker::ReadAtMost(stream::Source& source, size_t most) {
  const auto start = Clock::now();
  std::string bytes(most, '\0');
  size_t size = 0;
  while (size < most) {
    const size_t got = source.Read(std::as_writable_bytes(std::span(bytes)).subspan(size));
    if (got == 0) break;
    size += got;
  }
  bytes.resize(size);
  read_seconds_ += SecondsSince(start);
  return bytes;
}

void Unpacker::Store(const std::string& name, std::string held, stream::Source* rest,
                     bool several) {
  auto start = Clock::now();
  const std::string key = KeyOfEntry(site_, delivery_, name, several);
  stream::Sink& sink = landing_.Create(key, several ? name : std::string(),
                                       std::string(ContentType(key)), !several && !guessed_);
  write_seconds_ += SecondsSince(start);

  stream::MemorySource beginning(std::move(held));
  Pump(beginning, sink);
  if (rest != nullptr) Pump(*rest, sink);

  start = Clock::now();
  landing_.Prepare();
  ++count_;
  write_seconds_ += SecondsSince(start);
}

// A small entry goes straight through. A large one is decrypted and unpacked on a thread of its
// own, while this one hashes and stores.
void Unpacker::Pump(stream::Source& content, stream::Sink& sink) {
  if (!PumpAtMost(content, sink, kStraightBytes)) return;
  stream::ReadAhead ahead(std::make_unique<stream::BorrowedSource>(content), kAheadBytes,
                          context_.stop, stop_transfer_);
  PumpAtMost(ahead, sink, UINT64_MAX);
}

bool Unpacker::PumpAtMost(stream::Source& content, stream::Sink& sink, uint64_t most) {
  for (uint64_t done = 0; done < most;) {
    const auto start = Clock::now();
    const size_t bytes = content.Read(buffer_);
    const auto read = Clock::now();
    read_seconds_ += std::chrono::duration<double>(read - start).count();
    if (bytes == 0) return false;
    context_.ThrowIfStopped("store");
    sink.Write(std::span(buffer_).first(bytes));
    write_seconds_ += SecondsSince(read);
    done += bytes;
  }
  return true;
}

}  // namespace octo::pipeline
