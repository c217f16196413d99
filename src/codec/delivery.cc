#include "codec/delivery.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace octo::codec {
namespace {

constexpr std::string_view kStage = "unpack";
// Below this a ratio says nothing: small files of one repeated line compress as well as bombs.
constexpr uint64_t kRatioFromBytes = uint64_t{64} << 20;

void AddOnce(std::vector<std::string>& list, std::string_view text) {
  if (std::find(list.begin(), list.end(), text) == list.end()) list.emplace_back(text);
}

}  // namespace

void Delivery::ThrowLimit(std::string_view what, std::string_view limit) const {
  throw Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, std::string(kStage),
              fmt::format("'{}' cannot be unpacked: it {} (limit {})", name_, what, limit),
              fmt::format("If the file is genuine, raise the limit {} and replay it.", limit));
}

void Delivery::CountUnpacked(uint64_t bytes) {
  report_.unpacked_bytes += bytes;
  CheckProduced(report_.unpacked_bytes);
}

void Delivery::CountEntry() {
  if (++entries_ > limits_.most_entries) {
    ThrowLimit(fmt::format("has more than {} entries", limits_.most_entries), "most_entries");
  }
}

void Delivery::CheckProduced(uint64_t bytes) const {
  if (bytes > limits_.most_bytes) {
    ThrowLimit(fmt::format("unpacks to more than {} bytes", limits_.most_bytes), "most_bytes");
  }
  if (bytes < kRatioFromBytes) return;
  if (static_cast<double>(bytes) > limits_.most_ratio * static_cast<double>(report_.packed_bytes)) {
    ThrowLimit(fmt::format("unpacks to more than {} times its size: {} bytes out of {}",
                           limits_.most_ratio, bytes, report_.packed_bytes),
               "most_ratio");
  }
}

void Delivery::CheckDepth(int depth) const {
  if (depth > limits_.most_depth) {
    ThrowLimit(fmt::format("has more than {} compressions and archives inside one another",
                           limits_.most_depth),
               "most_depth");
  }
}

void Delivery::CheckNameBytes(uint64_t bytes) const {
  if (bytes > limits_.most_name_bytes) {
    ThrowLimit(
        fmt::format("has an entry with a name of more than {} bytes", limits_.most_name_bytes),
        "most_name_bytes");
  }
}

void Delivery::AddLayer(std::string_view layer) { AddOnce(report_.layers, layer); }

void Delivery::AddVoucher(std::string_view voucher) { AddOnce(report_.vouched_by, voucher); }

std::string Place::Sentence(std::string_view text) const {
  return fmt::format("'{}' cannot be unpacked: {} {}", delivery_->name(), what_, text);
}

Error Place::Incomplete(std::string_view text) const {
  return Error(ErrorKind::kIncomplete, ErrorScope::kDelivery, std::string(kStage), Sentence(text),
               "The vendor may still be writing it; if it stays like this, ask the vendor to send "
               "it again.");
}

Error Place::Corrupt(std::string_view text) const {
  return Error(ErrorKind::kCorrupt, ErrorScope::kDelivery, std::string(kStage), Sentence(text),
               "Ask the vendor to send it again.");
}

Error Place::Unsupported(std::string_view text, std::string hint) const {
  return Error(ErrorKind::kPermanent, ErrorScope::kDelivery, std::string(kStage), Sentence(text),
               std::move(hint));
}

}  // namespace octo::codec
